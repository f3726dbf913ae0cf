import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from './client.ts'
import { assistantsCycle, newAssistant } from './cycle.ts'
import { load } from './load.ts'
import { round, table, verdict } from './numbers.ts'
import { apiKey, startThreadmill, type TargetOptions, type Targets } from './targets.ts'

/**
 * Bytes on disk that one run leaves for good: its thread, its two messages, and all that is kept of the run once its
 * deltas are gone. With short instructions, and with 100 KB of them.
 */
export async function disk({ upstream }: Targets, { dir, runs }: TargetOptions & { runs: number }) {
  const rows = [['instructions', 'runs', 'with deltas, KB/run', 'for good, KB/run', 'of it free, KB/run']]
  let plain = Number.NaN
  for (const words of [5, 17_000]) {
    const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
    const file = join(folder, 'data', 'threadmill.db')
    const instructions = 'Answer '.repeat(words)
    {
      await using server = await startThreadmill(folder, upstream.port)
      using client = connect(`http://127.0.0.1:${server.port}/v1`, apiKey)
      const assistant = await newAssistant(client, 'burst')
      const cycle = assistantsCycle(client, assistant, 'burst', instructions)
      await load(cycle, { users: 8, runs: 10, seconds: 600 })
      const before = bytesOf(file)
      await load(cycle, { users: 8, runs, seconds: 600 })
      const full = bytesOf(file) - before
      await deltasGone(file)
      const left = bytesOf(file) - before
      const [size, free] = [left / runs / 1_024, freeBytes(file) / runs / 1_024]
      if (Number.isNaN(plain)) plain = size
      const kb = `${round(instructions.length / 1_024, 2)} KB`
      rows.push([kb, String(runs), round(full / runs / 1_024, 2), round(size, 2), round(free, 2)])
    }
    rmSync(folder, { recursive: true, force: true })
  }
  console.log('\nDisk per run: a thread, a question, a streamed answer of 20 tokens\n')
  console.log(table(rows), '\n')
  console.log(verdict('KB for good per plain run', plain, 5, 'at most'))
}

/** Of the database, once all of its log is in it. */
function bytesOf(file: string): number {
  using database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec('pragma wal_checkpoint(truncate)')
  return statSync(file).size
}

function freeBytes(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true })
  const { freelist_count: pages } = database.prepare('pragma freelist_count').get() as {
    freelist_count: number
  }
  const { page_size } = database.prepare('pragma page_size').get() as { page_size: number }
  return pages * page_size
}

/** Says that all runs ended long ago, and waits until the server has tidied up behind them. */
async function deltasGone(file: string): Promise<void> {
  using database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec('update runs set finished_at = 1 where finished_at is not null')
  const left = database.prepare('select 1 from runs where deltas_dropped = 0 limit 1')
  for (const deadline = Date.now() + 120_000; left.get();) {
    if (Date.now() > deadline) throw new Error('the deltas do not go')
    await sleep(200)
  }
  // What is free then goes back to the file system little by little.
  for (let before = Infinity, now = freeBytes(file); now < before; now = freeBytes(file)) {
    before = now
    await sleep(3_000)
  }
}
