import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { StoreAt } from '../../src/store/data-folder.ts'
import { openMove } from '../../src/store/move/move.ts'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { postgresOf } from '../database.ts'
import { until } from '../runs.ts'
import { closeAll, createPlaces, fill, move, refused, serve, silent, storeAt } from './places.ts'

/** How many servers show PostgreSQL that they run. */
async function presences(): Promise<number> {
  const client = await connectAlone(await postgresOf('presences'))
  try {
    const { rows } = await client.query<{ count: number }>(
      "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and database = (select oid from pg_database where datname = current_database())",
    )
    return Number(rows[0]?.count)
  } finally {
    await client.end()
  }
}

suite('a server', () => {
  test('that runs keeps its folder from being moved, and from being moved to', async () => {
    await using places = await createPlaces()
    const at: StoreAt = { dataDir: places.folder('source'), filesUrl: '', database: undefined }
    const empty: StoreAt = { dataDir: places.folder('empty'), filesUrl: '', database: undefined }
    await fill(at, { threads: ['thread_1'] })
    await fill(empty, {})
    const running = [await serve(at), await serve(empty)]
    await refused(at, { dataDir: places.folder('target') }, /A server is running on .*source: stop it/)
    await closeAll(running.slice(0, 1))
    await refused(at, { dataDir: empty.dataDir }, /empty is used by a server or by another move/)
    await closeAll(running.slice(1))
    await move(at, { dataDir: empty.dataDir })
  })

  test('that runs keeps its schema from being moved, and from being moved to', async () => {
    await using places = await createPlaces()
    const at: StoreAt = {
      dataDir: places.folder('source'),
      filesUrl: '',
      database: (await places.postgres('source')).postgres,
    }
    const empty = await places.postgres('empty')
    await fill(at, { threads: ['thread_1'] })
    const running = [await serve(at), await serve(storeAt(empty, { dataDir: places.folder('other') }))]
    await until(async () => (await presences()) >= 2)
    await refused(at, { dataDir: places.folder('target') }, /A server or another move uses the schema/)
    await closeAll(running.slice(0, 1))
    await refused(at, empty, /The schema .* is used by a server or by another move/)
    await closeAll(running.slice(1))
    await move(at, empty)
  })

  test('does not start on what is just being moved', async () => {
    await using places = await createPlaces()
    const source = (await places.postgres('source')).postgres
    const at: StoreAt = { dataDir: places.folder('source'), filesUrl: '', database: source }
    await fill(at, { threads: ['thread_1'] })
    const to = await places.postgres('target')
    await using opened = await openMove(at, to, '')
    await assert.rejects(serve(at), /is being moved: wait until "threadmill move" has ended/)
    await assert.rejects(serve(storeAt(to, at)), /is being moved: wait until/)
    await opened.run(silent)
  })
})
