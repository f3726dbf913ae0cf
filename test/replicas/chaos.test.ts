import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noS3Server } from '../s3-server.ts'
import { runChaos } from './chaos/chaos.ts'

/** To play it again: CHAOS_SEED=... node --test test/replicas/chaos.test.ts */
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31))
const events = Number(process.env['CHAOS_EVENTS'] ?? 10)

const why = process.platform === 'linux' ? noS3Server : 'processes are looked for in the /proc of Linux'

test(
  'whatever happens to replicas and to what they share, nothing acknowledged is lost, and every run has one answer',
  { skip: why ?? false, timeout: 900_000 },
  async (t) => {
    t.diagnostic(`CHAOS_SEED=${seed} CHAOS_EVENTS=${events}`)
    const began = performance.now()
    const tell = process.env['CHAOS_TELL']
      ? (what: string) => console.error(`${((performance.now() - began) / 1_000).toFixed(1)} ${what}`)
      : undefined
    const { faults, figures, played, logs } = await runChaos({ seed, events, ...(tell && { tell }) })
    t.diagnostic(JSON.stringify({ ...Object.fromEntries(played), ...figures }))
    const folder = process.env['CHAOS_LOGS']
    if (folder) for (const [name, text] of logs) writeFileSync(join(folder, name.replace(' ', '-')), text)
    assert.deepEqual(faults, [])
  },
)
