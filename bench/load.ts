import { setTimeout as sleep } from 'node:timers/promises'
import type { Cycle, Sample } from './cycle.ts'

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
