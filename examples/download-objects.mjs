// Writes down what an API of the Assistants wire knows, for `threadmill import`: objects as JSON lines, contents of files.
//
//     npm install openai
//     node download-objects.mjs old < thread-ids.txt
//
// The API has no list of threads, so their ids come from your own database: one a line.

import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import OpenAI, { APIError } from 'openai'

const client = new OpenAI()
const { assistants, threads } = client.beta
const folder = process.argv[2]
const contents = join(folder, 'files')
await mkdir(contents, { recursive: true })
const out = await open(join(folder, 'objects.jsonl'), 'w')
const keep = (one) => out.write(`${JSON.stringify(one)}\n`)
const all = { limit: 100, order: 'asc' }

for await (const assistant of assistants.list(all)) await keep(assistant)
for await (const store of client.vectorStores.list(all)) {
  await keep(store)
  for await (const file of client.vectorStores.files.list(store.id, all)) await keep(file)
}
for await (const file of client.files.list()) {
  await keep(file)
  try {
    const content = await client.files.content(file.id)
    await writeFile(join(contents, file.id), Buffer.from(await content.arrayBuffer()))
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    console.error(`no content of ${file.id} (${file.filename}): ${error.message}`)
  }
}
for (const id of (await text(process.stdin)).split(/\s+/).filter(Boolean)) {
  try {
    await keep(await threads.retrieve(id))
    for await (const message of threads.messages.list(id, all)) await keep(message)
    for await (const run of threads.runs.list(id, all)) {
      await keep(run)
      for await (const step of threads.runs.steps.list(run.id, { thread_id: id, ...all })) await keep(step)
    }
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    console.error(`not whole: ${id}: ${error.message}`)
  }
}
await out.close()
