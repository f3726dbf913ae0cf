import type { Sample } from './cycle.ts'
import { load } from './load.ts'
import { median, quantile, round, table, verdict } from './numbers.ts'
import type { Target, Targets } from './targets.ts'

/**
 * How much later the first delta comes than the model alone would have brought it: on the way in (request, prompt)
 * and on the way out (first token to first delta). The model takes its time, so that no server is at its limit.
 */
export async function firstDelta(targets: Targets, { rounds, runs }: { rounds: number; runs: number }) {
  const { direct, proxy, floors, threadmill, replicas } = targets
  const all = [direct, proxy, ...floors.slice(-1), threadmill, ...replicas]
  for (const users of [1, 32]) {
    const samples = new Map<Target, Sample[]>(all.map((target) => [target, []]))
    for (let pass = 0; pass < rounds; pass++) {
      for (const target of pass % 2 === 0 ? all : all.toReversed()) {
        const done = await load(target.cycle(users === 1 ? 'paced' : 'slow'), {
          users,
          runs: users === 1 ? runs : runs * 4,
          rampUpMs: users === 1 ? 0 : 600,
        })
        samples.get(target)?.push(...done.samples)
      }
    }
    const of = (target: Target) => samples.get(target) ?? []
    const added = (target: Target) => of(target).map(({ before, after }) => before + after)
    const rows = all.map((target) => [
      target.name,
      ...[0.5, 0.95, 0.99].map((p) => round(quantile(added(target), p), 2)),
      round(median(of(target).map(({ before }) => before)), 2),
      round(median(of(target).map(({ after }) => after)), 2),
    ])
    console.log(`\nAdded time to first delta in ms, ${users === 1 ? '1 user' : `${users} users`}\n`)
    console.log(table([['', 'p50', 'p95', 'p99', 'way in p50', 'way out p50'], ...rows]), '\n')
    if (users > 1) continue
    console.log(verdict('Threadmill p50', median(added(threadmill)), 5, 'at most'))
    console.log(verdict('Threadmill p95', quantile(added(threadmill), 0.95), 15, 'at most'))
  }
}
