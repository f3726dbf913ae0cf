import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { median, round, table, verdict } from './numbers.ts'
import { memoryMb } from './process.ts'
import { startThreadmill, type TargetOptions, type Targets } from './targets.ts'

/** Resident memory of a server that was just started and that nobody has asked anything. */
export async function idleMemory({ upstream }: Targets, { dir }: TargetOptions) {
  const rows = [['', 'server', 'its children']]
  let own = 0
  for (const codeInterpreter of ['off', 'auto']) {
    const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
    {
      await using server = await startThreadmill(folder, upstream.port, { codeInterpreter })
      // A spare Python session is started behind it.
      await sleep(codeInterpreter === 'off' ? 2_000 : 8_000)
      const memory = memoryMb(server.pid)
      if (codeInterpreter === 'off') ({ own } = memory)
      rows.push([`code interpreter ${codeInterpreter}`, round(memory.own), round(memory.children)])
    }
    rmSync(folder, { recursive: true, force: true })
  }
  console.log('\nIdle memory in MB\n')
  console.log(table(rows), '\n')
  console.log(verdict('Threadmill idle, without a Python session', own, 150, 'at most'))
}

/**
 * Resident memory over many runs. Under load it rises and falls with the collector, so what a server keeps is looked
 * for at rest: after the first runs, when everything is compiled and every cache is full, and after all of them.
 */
export async function soak({ threadmill }: Targets, { runs, users }: { runs: number; users: number }) {
  const step = 1_000
  const warm = 2_000
  const atRest = new Map<number, number>()
  console.log(`\nMemory over ${runs} runs, ${users} users\n`)
  for (let done = step; done <= runs; done += step) {
    const seen: number[] = []
    const timer = setInterval(() => seen.push(memoryMb(threadmill.pids[0]).own), 200)
    const { perSecond } = await load(threadmill.cycle('burst'), { users, runs: step, seconds: 600 })
    clearInterval(timer)
    const line = `${String(done).padStart(6)} runs  ${round(median(seen)).padStart(6)} MB  ${round(perSecond)} runs/s`
    if (done === warm || done === runs) atRest.set(done, await memoryAtRest(threadmill.pids[0]))
    const rest = atRest.get(done)
    console.log(`  ${line}${rest === undefined ? '' : `, ${round(rest)} MB at rest`}`)
  }
  const kept = (atRest.get(runs) ?? Number.NaN) - (atRest.get(warm) ?? Number.NaN)
  console.log(`\n  per run between: ${round((1_024 * kept) / (runs - warm), 2)} KB`)
  console.log(verdict(`MB at ${runs} runs - MB at ${warm}, at rest`, kept, 20, 'at most'))
}

/** V8 tidies up once a process has had nothing to do for as long as `keepMemory` says, and once more after that. */
const restSeconds = 140

async function memoryAtRest(pid: number): Promise<number> {
  let least = Infinity
  for (let second = 0; second < restSeconds; second++) {
    await sleep(1_000)
    least = Math.min(least, memoryMb(pid).own)
  }
  return least
}
