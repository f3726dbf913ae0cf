import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../runs.ts'
import { call, json, startServer, temporaryFolder } from './child.ts'
import { dice } from './reader.ts'

const files = 60
const kills = 8

/** Between one chunk and about thirty. */
const textOf = (number: number) =>
  Array.from(
    { length: 1 + ((number * 37) % 120) },
    (_, line) => `File ${number}, line ${line}: ${'words '.repeat(60)}`,
  ).join('\n')

test(
  'a batch survives any number of kills: every file ends, and has each of its chunks once',
  { timeout: 180_000 },
  async (t) => {
    using folder = temporaryFolder()
    const roll = dice(7)
    await using calm = await startServer(folder.path)
    const ids: string[] = []
    for (let number = 0; number < files; number++) {
      const form = new FormData()
      form.set('purpose', 'assistants')
      const broken = number % 20 === 19
      form.set(
        'file',
        broken ? new File(['no PDF'], `${number}.pdf`) : new File([textOf(number)], `${number}.txt`),
      )
      ids.push((await json(await call(`${calm.url}/v1/files`, 'POST', form))).id)
    }
    const untouched = (await json(await call(`${calm.url}/v1/vector_stores`, 'POST'))).id
    const killed = (await json(await call(`${calm.url}/v1/vector_stores`, 'POST'))).id
    const batchIn = async (url: string, storeId: string) =>
      json(await call(`${url}/v1/vector_stores/${storeId}/file_batches`, 'POST', { file_ids: ids }))
    const look = async (url: string, storeId: string, batchId: string) =>
      json(await call(`${url}/v1/vector_stores/${storeId}/file_batches/${batchId}`, 'GET'))

    const batch = await batchIn(calm.url, killed)
    await calm.kill()
    let cut = 0
    for (let kill = 0; kill < kills; kill++) {
      await using server = await startServer(folder.path)
      // Past the leases of the one before, then somewhere in the work.
      const before = (await look(server.url, killed, batch.id)).file_counts.in_progress
      if (before === 0) break
      await until(async () => (await look(server.url, killed, batch.id)).file_counts.in_progress < before)
      await new Promise((resolve) => setTimeout(resolve, roll(60)))
      await server.kill()
      cut++
    }

    await using server = await startServer(folder.path)
    const over = await until(async () => {
      const seen = await look(server.url, killed, batch.id)
      return seen.status !== 'in_progress' && seen
    })
    const counts = { in_progress: 0, completed: 57, failed: 3, cancelled: 0, total: 60 }
    assert.deepEqual([over.status, over.file_counts], ['completed', counts])
    const calmBatch = await batchIn(server.url, untouched)
    await until(async () => (await look(server.url, untouched, calmBatch.id)).status !== 'in_progress')

    using database = new DatabaseSync(join(folder.path, 'threadmill.db'), { readOnly: true })
    const rows = (sql: string, ...values: string[]) =>
      database
        .prepare(sql)
        .all(...values)
        .map((row) => ({ ...row }))
    const chunks = 'select file_id, ord, text from chunks where vector_store_id = ? order by file_id, ord'
    const made = rows(chunks, killed)
    assert.deepEqual(made, rows(chunks, untouched), 'what was broken off gives what was not broken off')
    assert.ok(made.length > 500)
    const usage = 'select id, usage_bytes from vector_store_files where vector_store_id = ? order by id'
    assert.deepEqual(rows(usage, killed), rows(usage, untouched))
    assert.deepEqual(rows('select id from vector_store_files where lease_owner is not null'), [])
    assert.deepEqual(rows('pragma integrity_check'), [{ integrity_check: 'ok' }])
    assert.deepEqual(rows('pragma foreign_key_check'), [])
    t.diagnostic(`${cut} kills, ${made.length} chunks`)
    assert.ok(cut >= 3)
  },
)
