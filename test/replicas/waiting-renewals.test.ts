import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { leaseMs } from '../../src/store/leases.ts'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { createHeldModel } from '../held-model.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { apiKey } from './replicas.ts'

test('a server is not lost while a table cannot be written that it would renew its leases in', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const database = await postgresOf(dataDir)
  const held = createHeldModel()
  const lost: unknown[] = []
  const start = () =>
    startTestServer({
      dataDir,
      database,
      models: { m: held.model },
      env: { THREADMILL_API_KEY: apiKey },
      log: (_level, fact, more) => void (fact === 'a server was lost' && lost.push(more)),
    })
  const servers = [await start(), await start()] as const
  const holder = await connectAlone(database)
  const looker = await connectAlone(database)
  const [{ client }] = servers
  try {
    const asked = { model: 'm', input: 'Hello', background: true }
    const created = await Promise.all([1, 2, 3].map(() => client.responses.create(asked)))
    await until(async () => held.working === 3)
    // As the migration of a newer server does that makes an index: everybody may read.
    await holder.query('begin')
    await holder.query('lock table runs in share mode')
    // A little longer than a lease: who looks for lost servers could write before they have renewed theirs.
    await sleep(leaseMs + 600)
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and query like 'update runs set %'`
    const waits = async () => (await looker.query(waiting)).rows.length > 0
    assert.equal(await waits(), true)
    await holder.query('rollback')
    await until(async () => !(await waits()))
    await sleep(1_000)
    held.release()
    for (const { id } of created) {
      await until(async () => (await client.responses.retrieve(id)).status === 'completed')
    }
    assert.deepEqual([held.most, lost], [3, []])
  } finally {
    held.release()
    await holder.end()
    await looker.end()
    for (const server of servers) await server[Symbol.asyncDispose]()
    await dropSchema(database)
    rmSync(dataDir, { recursive: true, force: true })
  }
})
