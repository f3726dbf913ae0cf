import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, askAdmin, newProject } from '../team.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

async function team(limits: object) {
  const made = await newProject(server)
  const limit = (some: object) => askAdmin(server, 'POST', `/projects/${made.project.id}/limits`, some)
  await limit(limits)
  const { files } = made.client
  return {
    ...made,
    limit,
    upload: async (bytes: number, letter = 'x') =>
      files.create({
        file: await toFile(Buffer.from(letter.repeat(bytes)), 'a.txt'),
        purpose: 'assistants',
      }),
  }
}

const beyond = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OpenAI.BadRequestError, String(error))
  assert.equal(error.code, 'storage_limit_exceeded')
  assert.match(error.message, text)
  return true
}

/** How many contents the store of files has. */
const contents = () =>
  readdirSync(join(server.dataDir, 'files'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(file|part)[-_]/.test(name),
  ).length

test('a file that is more than the project may store is refused, and nothing of it is kept', async () => {
  const { upload, client } = await team({ max_file_bytes: 1_000 })
  const first = await upload(600)
  const before = contents()
  await assert.rejects(upload(401), beyond(/may take 1000 bytes together/))
  await assert.rejects(upload(600_000), beyond(/may take 1000 bytes together/))
  assert.equal(contents(), before)
  await upload(400)
  await assert.rejects(upload(1), beyond(/may take 1000 bytes together/))
  await client.files.delete(first.id)
  await upload(600)
})

test('of files that come at once as many are kept as the project may store', async () => {
  const { upload, client } = await team({ max_file_bytes: 1_000 })
  const before = contents()
  const tries = await Promise.allSettled(Array.from({ length: 30 }, () => upload(100)))
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 10)
  for (const one of tries) if (one.status === 'rejected') beyond(/together/)(one.reason)
  const { data } = await client.files.list()
  assert.equal(
    data.reduce((sum, { bytes }) => sum + bytes, 0),
    1_000,
  )
  assert.equal(contents(), before + 10)
})

test('an upload takes what it was announced as, from its beginning, and nothing when it is cancelled', async () => {
  const { upload, client } = await team({ max_file_bytes: 1_000 })
  const announced = (bytes: number) =>
    client.uploads.create({ bytes, filename: 'a.txt', mime_type: 'text/plain', purpose: 'assistants' })
  await assert.rejects(announced(1_001), beyond(/would take 1001/))
  const pending = await announced(900)
  await assert.rejects(upload(101), beyond(/together/))
  await client.uploads.cancel(pending.id)
  const whole = await announced(1_000)
  const data = await toFile(Buffer.from('x'.repeat(1_000)), 'part')
  const part = await client.uploads.parts.create(whole.id, { data })
  const more = await toFile(Buffer.from('x'), 'part')
  await assert.rejects(client.uploads.parts.create(whole.id, { data: more }), beyond(/would take 1001/))
  const done = await client.uploads.complete(whole.id, { part_ids: [part.id] })
  assert.equal(done.status, 'completed')
  await assert.rejects(upload(1), beyond(/together/))
})

test('vector stores of a project take as much as they may together, and what waits to be indexed counts', async () => {
  const { upload, client, limit } = await team({ max_vector_store_bytes: 2_000 })
  const one = await client.vectorStores.create({})
  const other = await client.vectorStores.create({})
  const files = [await upload(900, 'a'), await upload(900, 'b'), await upload(900, 'c')]
  const add = (store: OpenAI.VectorStore, at: number) =>
    client.vectorStores.files.create(store.id, { file_id: files[at]?.id ?? '' })
  await assert.rejects(
    client.vectorStores.fileBatches.create(one.id, { file_ids: files.map(({ id }) => id) }),
    beyond(/^400 The vector stores of this project may take 2000 bytes together, and would take 2700/),
  )
  assert.equal((await client.vectorStores.files.list(one.id)).data.length, 0, 'all of it or nothing')
  await assert.rejects(
    client.vectorStores.create({ file_ids: files.map(({ id }) => id) }),
    beyond(/would take 2700/),
  )
  const thread = {
    messages: [
      {
        role: 'user' as const,
        content: 'Hello',
        attachments: files.map(({ id }) => ({ file_id: id, tools: [{ type: 'file_search' as const }] })),
      },
    ],
  }
  await assert.rejects(client.beta.threads.create(thread), beyond(/would take 2700/))
  // Indexed, a file takes its text and 1,024 bytes for the vector of each chunk.
  const settled = (store: OpenAI.VectorStore, at: number) =>
    until(async () => {
      const file = await client.vectorStores.files.retrieve(files[at]?.id ?? '', {
        vector_store_id: store.id,
      })
      return file.status !== 'in_progress' && file
    })
  await add(one, 0)
  assert.equal((await settled(one, 0)).usage_bytes, 1_924)
  await assert.rejects(add(other, 1), beyond(/would take 2824/))
  await limit({ max_vector_store_bytes: 3_000 })
  await add(other, 1)
  const failed = await settled(other, 1)
  assert.equal(failed.status, 'failed', 'it turns out larger than the room that was there')
  assert.match(failed.last_error?.message ?? '', /may take 3000 bytes together, and would take 3848/)
  await client.vectorStores.delete(one.id)
  await client.vectorStores.files.create(other.id, { file_id: files[2]?.id ?? '' })
  assert.equal((await settled(other, 2)).status, 'completed')
})

test('of files that are put into vector stores at once as many are as they may take', async () => {
  const { upload, client } = await team({ max_vector_store_bytes: 5_000 })
  const files = await Promise.all(Array.from({ length: 12 }, () => upload(1_000)))
  const store = await client.vectorStores.create({})
  const tries = await Promise.allSettled(
    files.map(({ id }) => client.vectorStores.files.create(store.id, { file_id: id })),
  )
  assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 5)
  const ended = await until(async () => {
    const found = await client.vectorStores.retrieve(store.id)
    return found.file_counts.in_progress === 0 && found
  })
  assert.equal(ended.usage_bytes, 2 * 2_024)
})

test('a key stores as much as it may, and other keys of its project go on', async () => {
  const { client, project, key } = await team({})
  const { projects } = adminOf(server).admin.organization
  const { api_key } = await projects.serviceAccounts.create(project.id, { name: 'other' })
  const other = client.withOptions({ apiKey: api_key?.value ?? '' })
  const limit = (some: object) =>
    askAdmin(server, 'POST', `/projects/${project.id}/api_keys/${key.id}/limits`, some)
  await limit({ max_file_bytes: 1_000, max_vector_store_bytes: 3_000 })
  const upload = async (of: OpenAI, bytes: number, letter = 'x') =>
    of.files.create({ file: await toFile(Buffer.from(letter.repeat(bytes)), 'a.txt'), purpose: 'assistants' })
  const tries = await Promise.allSettled(
    Array.from({ length: 15 }, (_, n) => upload(client, 100, 'abcdefghijklmno'[n])),
  )
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 10)
  await assert.rejects(upload(client, 1), beyond(/The files of this key may take 1000 bytes together/))
  const pending = { bytes: 1, filename: 'a.txt', mime_type: 'text/plain', purpose: 'assistants' as const }
  await assert.rejects(client.uploads.create(pending), beyond(/this key/))
  const [a, b, c] = [
    await upload(other, 900, 'a'),
    await upload(other, 900, 'b'),
    await upload(other, 900, 'c'),
  ]
  await other.uploads.create(pending)

  const store = await other.vectorStores.create({})
  const add = async (of: OpenAI, id: string) => {
    await of.vectorStores.files.create(store.id, { file_id: id })
    return until(async () => {
      const file = await of.vectorStores.files.retrieve(id, { vector_store_id: store.id })
      return file.status !== 'in_progress' && file
    })
  }
  assert.equal((await add(other, a.id)).usage_bytes, 1_924)
  assert.equal((await add(client, b.id)).status, 'completed', 'what another key has put there does not count')
  await assert.rejects(
    client.vectorStores.fileBatches.create(store.id, { file_ids: [a.id, c.id] }),
    beyond(/What this key puts into vector stores may take 3000 bytes together, and would take 3724/),
  )
  assert.equal((await add(other, c.id)).status, 'completed')
  await limit({ max_file_bytes: null })
  await upload(client, 1_000)
})
