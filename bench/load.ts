import { setTimeout as sleep } from 'node:timers/promises'
import type { Cycle, Sample } from './cycle.ts'

/**
 * V8 compiles what is used often. With 32 users the first 250 runs take 4 ms of processor time each, the next 2.5, and from 2,000 on
 * 1.6; the floors, which are small, come from 1.4 to 0.7 within 750 and stay between 0.6 and 0.7.
 */
export const warmUpRuns = 2_000

export interface Load {
  samples: Sample[]
  seconds: number
  perSecond: number
}

/**
 * So many users, each with one run after another, until the time is over or the runs are done. They begin spread over
 * `rampUpMs`: with a model that takes its time they would otherwise all come at once, again and again. Fails on the
 * first error.
 */
export async function load(
  cycle: Cycle,
  {
    users,
    seconds = 60,
    runs = Infinity,
    rampUpMs = 0,
  }: { users: number; seconds?: number; runs?: number; rampUpMs?: number },
): Promise<Load> {
  const samples: Sample[] = []
  const start = performance.now()
  const deadline = start + seconds * 1_000
  let left = runs
  async function user(_: unknown, index: number): Promise<void> {
    if (rampUpMs > 0) await sleep((rampUpMs * index) / users)
    while (left > 0 && performance.now() < deadline) {
      left--
      samples.push(await cycle())
    }
  }
  await Promise.all(Array.from({ length: users }, user))
  const took = (performance.now() - start) / 1_000
  return { samples, seconds: took, perSecond: samples.length / took }
}
