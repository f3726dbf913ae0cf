import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { until } from '../runs.ts'

const program = `
  import { openPostgres } from ${JSON.stringify(new URL('../../src/store/postgres/postgres.ts', import.meta.url).href)}
  const db = openPostgres(JSON.parse(process.argv[1]), { hears: true })
  setInterval(() => db.leads() && console.log('leads'), 20)
`

test('a server that is stopped does not keep others from clearing away', async () => {
  const settings = await postgresOf('stopped-leader')
  const args = ['--input-type=module', '--eval', program, JSON.stringify(settings)]
  const leader = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(leader.stdout, 'data')
  const other = openPostgres(settings, { hears: true })
  try {
    leader.kill('SIGSTOP')
    assert.equal(other.leads(), false)
    await until(async () => other.leads(), 60_000)
  } finally {
    leader.kill('SIGKILL')
    await other.close()
    await dropSchema(settings)
  }
})
