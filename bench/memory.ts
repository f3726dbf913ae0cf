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

/** Resident memory over many runs: what a server keeps of each run shows as a slope. */
export async function soak({ threadmill }: Targets, { runs, users }: { runs: number; users: number }) {
  const step = 1_000
  const warm = 2_000
  const seen: { runs: number; mb: number; perSecond: number }[] = []
  console.log(`\nMemory over ${runs} runs, ${users} users\n`)
  for (let done = step; done <= runs; done += step) {
    const sampled: number[] = []
    const timer = setInterval(() => sampled.push(memoryMb(threadmill.pid).own), 200)
    const { perSecond } = await load(threadmill.cycle('burst'), { users, runs: step, seconds: 300 })
    clearInterval(timer)
    seen.push({ runs: done, mb: median(sampled), perSecond })
    console.log(
      `  ${String(done).padStart(6)} runs  ${round(median(sampled)).padStart(6)} MB  ${round(perSecond)} runs/s`,
    )
  }
  const at = (count: number) => seen.find((one) => one.runs === count)?.mb ?? Number.NaN
  console.log(
    `\n  slope after ${warm} runs: ${round(slope(seen.filter((one) => one.runs >= warm)), 2)} KB/run`,
  )
  console.log(verdict(`MB at ${runs} runs - MB at ${warm}`, at(runs) - at(warm), 20, 'at most'))
}

/** Least squares, in KB per run. */
function slope(points: { runs: number; mb: number }[]): number {
  const x = points.reduce((sum, point) => sum + point.runs, 0) / points.length
  const y = points.reduce((sum, point) => sum + point.mb, 0) / points.length
  const up = points.reduce((sum, point) => sum + (point.runs - x) * (point.mb - y), 0)
  const across = points.reduce((sum, point) => sum + (point.runs - x) ** 2, 0)
  return (1_024 * up) / across
}
