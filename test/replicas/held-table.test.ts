import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '../../src/common/log.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('while somebody holds a table, the health is told in time: what can be asked, and why nothing can be written', async () => {
  using folder = temporaryFolder()
  const database = { ...(await postgresOf(folder.path)), poolSize: 4, statementTimeoutMs: 3_600_000 }
  const facts: object[] = []
  const log: Log = (_level, fact, more) => void facts.push({ fact, reason: more?.['reason'] })
  const server = await startTestServer({ dataDir: folder.path, database, log })
  const other = openPostgres(database)
  const { promise: done, resolve: letGo } = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const locking = other.write(async (tx) => {
    await tx.run('lock table runs in access exclusive mode')
    held.resolve()
    await done
  })
  try {
    await held.promise
    const health = () => raw(server, 'GET', '/health')
    const { status, json } = await health()
    assert.deepEqual([status, json.status, json.database], [200, 'ok', null])
    const runs = Array.from({ length: 4 }, () => raw(server, 'GET', '/v1/runs'))
    const failing = await until(async () => {
      const answer = await fetch(`${server.url}/health`)
      return answer.status === 503 && (await answer.json())
    }, 60_000)
    assert.deepEqual(failing, { status: 'failing' })
    assert.deepEqual(
      facts.find((one) => 'fact' in one && one.fact === 'writes do not reach the disk'),
      {
        fact: 'writes do not reach the disk',
        reason:
          'the database has not answered for 5000 ms, or statements that wait for a lock have all connections to it',
      },
    )
    letGo()
    await locking
    await until(async () => (await health()).json.database?.kind === 'postgres')
    await Promise.all(runs)
  } finally {
    letGo()
    await server[Symbol.asyncDispose]()
    await other.close()
    await dropSchema(database)
  }
})
