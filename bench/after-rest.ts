import { setTimeout as sleep } from 'node:timers/promises'
import { load, warmUpRuns } from './load.ts'
import { median, round, table, verdict } from './numbers.ts'
import { cpuMs } from './process.ts'
import type { Targets } from './targets.ts'

/** Longer than V8 lets a process rest before it makes its heap small, unless it is told another time. */
const restSeconds = 12

/**
 * The processor time of a run in the first second after a rest, and in one that comes soon after another. What a server gives back
 * while nobody asks it, it has to get again.
 */
export async function afterRest({ threadmill }: Targets, { rounds }: { rounds: number }) {
  const cycle = threadmill.cycle('burst')
  await load(cycle, { users: 8, runs: warmUpRuns })
  const used = new Map<number, number[]>()
  // One after the other: a second is not enough to get all of it again.
  for (const pause of [0.1, restSeconds]) {
    const all: number[] = []
    used.set(pause, all)
    for (let round = 0; round < rounds; round++) {
      await sleep(pause * 1_000)
      const before = cpuMs(threadmill.pids[0])
      const { samples } = await load(cycle, { users: 8, seconds: 1 })
      all.push((cpuMs(threadmill.pids[0]) - before) / samples.length)
    }
  }
  const rows = [...used].map(([pause, all]) => [`${pause} s`, round(median(all), 2)])
  console.log('\nProcessor time of a run in ms after a rest, 8 users\n')
  console.log(table([['rest', 'cpu ms/run'], ...rows]), '\n')
  const [soon = Number.NaN, late = Number.NaN] = [...used.values()].map(median)
  console.log(verdict('after a rest / soon after another', late / soon, 1.25, 'at most'))
}
