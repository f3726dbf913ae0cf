// Writes down what an API of the Assistants wire knows, for `threadmill import`: objects as JSON lines, contents of files.
//
//     npm install openai
//     node download-objects.mjs old < thread-ids.txt
//
// The API has no list of threads, so their ids come from your own database: one a line.

import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import OpenAI, { APIConnectionError, APIError } from 'openai'

const client = new OpenAI()
const { assistants, threads } = client.beta
const folder = process.argv[2]
const contents = join(folder, 'files')
await mkdir(contents, { recursive: true })
// Once more is no harm: an import takes each object once, and what was fetched before stays.
const out = await open(join(folder, 'objects.jsonl'), 'a')
await out.write('\n') // A run that was broken off may have left half a line.
const all = { limit: 100, order: 'asc' }

/** What the server refuses is told of, and the rest goes on; without a connection there is no rest. */
async function attempt(what, work) {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof APIError) || error instanceof APIConnectionError) throw error
    console.error(`${what}: ${error.message}`)
  }
}

/**
 * Writes the objects down; `then` is done with each.
 * @param {string} what
 * @param {() => AsyncIterable<object>} pages
 * @param {(one: any) => Promise<void>} then
 */
const keep = (what, pages, then = async () => {}) =>
  attempt(`not whole: ${what}`, async () => {
    for await (const one of pages()) {
      await out.write(`${JSON.stringify(one)}\n`)
      await then(one)
    }
  })

try {
  await keep('assistants', () => assistants.list(all))
  await keep(
    'vector stores',
    () => client.vectorStores.list(all),
    ({ id }) => keep(id, () => client.vectorStores.files.list(id, all)),
  )
  await keep(
    'files',
    () => client.files.list(),
    ({ id, filename }) =>
      attempt(`no content of ${id} (${filename})`, async () => {
        const content = await client.files.content(id)
        await writeFile(join(contents, id), Buffer.from(await content.arrayBuffer()))
      }),
  )
  for (const id of (await text(process.stdin)).split(/\s+/).filter(Boolean)) {
    await keep(id, async function* () {
      yield await threads.retrieve(id)
    })
    await keep(`messages of ${id}`, () => threads.messages.list(id, all))
    await keep(
      `runs of ${id}`,
      () => threads.runs.list(id, all),
      ({ id: run }) => keep(run, () => threads.runs.steps.list(run, { thread_id: id, ...all })),
    )
  }
} catch (error) {
  if (!(error instanceof APIConnectionError)) throw error
  console.error(`${client.baseURL} cannot be reached: look at OPENAI_BASE_URL, and run this again`)
  process.exitCode = 1
}
await out.close()
