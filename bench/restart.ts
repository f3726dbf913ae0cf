import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from './client.ts'
import { newAssistant } from './cycle.ts'
import { median, round, table, verdict } from './numbers.ts'
import { apiKey, startThreadmill, type Targets } from './targets.ts'

interface Times {
  listens: number
  first: number
  all: number
}

const timeoutMs = 20_000

/**
 * A server in the middle of some answers is killed and started again: how long after the start of its process it
 * listens, has taken up the first of its runs, and all of them.
 */
export async function restart(
  { upstream }: Targets,
  { rounds, dir }: { rounds: number; dir: string | undefined },
): Promise<void> {
  const rows = [['', 'listens', 'first run', 'all runs']]
  const verdicts = []
  for (const runs of [1, 8]) {
    const times: Times[] = []
    for (let at = 0; at < rounds; at++) times.push(await killAndStart(upstream.port, runs, dir))
    const p50 = (of: keyof Times) => median(times.map((time) => time[of]))
    rows.push([`${runs} runs`, ...(['listens', 'first', 'all'] as const).map((of) => round(p50(of), 0))])
    verdicts.push(verdict(`${runs} runs resumed after seconds`, p50('all') / 1_000, 1, 'at most'))
  }
  console.log(
    `\nMilliseconds from the start of a process until a killed server is back, median of ${rounds}\n`,
  )
  console.log(table(rows))
  for (const line of verdicts) console.log(line)
}

async function killAndStart(upstream: number, runs: number, dir: string | undefined): Promise<Times> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const before = stack.use(await startThreadmill(folder, upstream))
  const client = stack.use(connect(`http://127.0.0.1:${before.port}/v1`, apiKey))
  const assistant_id = await newAssistant(client, 'endless')
  const thread = { messages: [{ role: 'user', content: 'Count.' }] }
  for (let run = 0; run < runs; run++) await client.json('POST', '/threads/runs', { assistant_id, thread })
  using database = new DatabaseSync(join(folder, 'data', 'threadmill.db'), { readOnly: true })
  const taken = database.prepare(
    "select count(*) as n from runs where status = 'in_progress' and attempt = ?",
  )
  const count = (attempt: number) => Number(taken.get(attempt)?.['n'])
  await reached(() => count(1) === runs)
  await sleep(200)
  process.kill(before.pid, 'SIGKILL')

  const began = performance.now()
  const since = async (reach: Promise<unknown>) => {
    await reach
    return performance.now() - began
  }
  const starting = startThreadmill(folder, upstream)
  const [listens, first, all] = await Promise.all([
    since(starting),
    since(reached(() => count(2) > 0)),
    since(reached(() => count(2) === runs)),
  ])
  stack.use(await starting)
  return { listens, first, all }
}

async function reached(check: () => boolean): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline;) {
    if (check()) return
    await sleep(5)
  }
  throw new Error('the runs were not taken up in time')
}
