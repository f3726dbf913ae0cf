import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { noS3Server } from '../s3-server.ts'
import { runChaos } from './chaos/chaos.ts'

/**
 * To play it again: CHAOS_SEED=... node --test test/replicas/chaos.test.ts. With the same seed, bench/chaos.ts says what
 * happens while it happens, and keeps the logs of the servers.
 */
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31))
const events = Number(process.env['CHAOS_EVENTS'] ?? 10)

const why = process.platform === 'linux' ? noS3Server : 'processes are looked for in the /proc of Linux'

test(
  'whatever happens to replicas and to what they share, nothing acknowledged is lost, and every run has one answer',
  { skip: why ?? false, timeout: 900_000 },
  async (t) => {
    t.diagnostic(`CHAOS_SEED=${seed} CHAOS_EVENTS=${events}`)
    const { faults, figures, played } = await runChaos({ seed, events })
    t.diagnostic(JSON.stringify({ ...Object.fromEntries(played), ...figures }))
    assert.deepEqual(faults, [])
    const happened = [...played.values()].reduce((sum, times) => sum + times, 0)
    assert.equal(happened, events)
    assert.ok((figures['runs'] ?? 0) > 0)
  },
)
