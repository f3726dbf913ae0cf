import { load, warmUpRuns, type Load } from './load.ts'
import { median, round, table, verdict } from './numbers.ts'
import { cpuMs } from './process.ts'
import type { Target, Targets } from './targets.ts'

interface Slice extends Load {
  cpuPerRun: number
}

/** Runs per second with 8 and with 32 users at once, all servers in turn, round after round. */
export async function throughput(targets: Targets, { rounds, seconds }: { rounds: number; seconds: number }) {
  const { direct, proxy, floors, threadmill, replicas } = targets
  const all = [direct, proxy, ...floors, threadmill, ...replicas]
  const users = [8, 32]
  for (const target of all)
    await load(target.cycle('burst'), { users: 8, runs: warmUpRuns * target.pids.length })

  const slices = new Map<string, Slice[]>()
  const of = (target: Target, count: number) => slices.get(`${target.name} ${count}`) ?? []
  for (let pass = 0; pass < rounds; pass++) {
    // There and back: what changes steadily while this runs falls on all of them alike.
    for (const target of pass % 2 === 0 ? all : all.toReversed()) {
      for (const count of users) {
        slices.set(`${target.name} ${count}`, [
          ...of(target, count),
          await slice(target, { users: count, seconds }),
        ])
      }
    }
  }

  const perSecond = (target: Target, count: number) => of(target, count).map((one) => one.perSecond)
  const rows = all.map((target) => [
    target.name,
    ...users.flatMap((count) => [
      round(median(perSecond(target, count))),
      round(median(of(target, count).map((one) => one.cpuPerRun)), 2),
    ]),
  ])
  console.log(`\nRuns per second, median of ${rounds} rounds (the model answers at once, 20 tokens)\n`)
  console.log(table([['', ...users.flatMap((count) => [`${count} users`, 'cpu ms/run'])], ...rows]), '\n')
  for (const count of users) {
    for (const floor of floors) {
      const ratios = perSecond(threadmill, count).map(
        (value, index) => value / (perSecond(floor, count)[index] ?? Number.NaN),
      )
      const name = `Threadmill / ${floor.name}, ${count} users`
      console.log(verdict(name, median(ratios), 0.5, 'at least'))
    }
  }
}

async function slice(target: Target, how: { users: number; seconds: number }): Promise<Slice> {
  const used = () => target.pids.map(cpuMs).reduce((sum, ms) => sum + ms)
  const before = used()
  const done = await load(target.cycle('burst'), how)
  return { ...done, cpuPerRun: (used() - before) / done.samples.length }
}
