import {
  assistantsCycle,
  conversationCycle,
  responseCycle,
  threadAndRunCycle,
  type Cycle,
  type Sample,
} from './cycle.ts'
import { load, warmUpRuns } from './load.ts'
import type { Model } from './model-speeds.ts'
import { median, quantile, round, table, verdict } from './numbers.ts'
import { cpuMs } from './process.ts'
import type { Targets } from './targets.ts'

interface Way {
  name: string
  cycle(model: Model): Cycle
}

/**
 * The same server through both of its APIs, in turn, round after round: an answer in a new thread against one in a new
 * conversation, and a thread and its run in one request against a response by itself.
 */
export async function responses(
  { threadmill }: Targets,
  { rounds, runs, seconds }: { rounds: number; runs: number; seconds: number },
) {
  const { client, assistant = '', pids } = threadmill
  const pairs: [Way, Way][] = [
    [
      { name: 'a run in a new thread', cycle: (model) => assistantsCycle(client, assistant, model) },
      { name: 'a response in a new conversation', cycle: (model) => conversationCycle(client, model) },
    ],
    [
      { name: 'a thread and its run at once', cycle: (model) => threadAndRunCycle(client, assistant, model) },
      { name: 'a response by itself', cycle: (model) => responseCycle(client, model) },
    ],
  ]
  for (const way of pairs.flat()) await load(way.cycle('burst'), { users: 8, runs: warmUpRuns })
  await firstDeltas(pairs, { rounds, runs })
  for (const users of [8, 32])
    await runsPerSecond(pairs, { rounds, seconds, users, cpu: () => cpuMs(pids[0]) })
}

/** All ways in turn, and back: what changes steadily while this runs falls on all of them alike. */
const inTurn = (pairs: [Way, Way][], rounds: number): Way[] =>
  Array.from({ length: rounds }, (_, pass) =>
    pass % 2 === 0 ? pairs.flat() : pairs.flat().toReversed(),
  ).flat()

async function firstDeltas(pairs: [Way, Way][], { rounds, runs }: { rounds: number; runs: number }) {
  const samples = new Map<Way, Sample[]>(pairs.flat().map((way) => [way, []]))
  for (const way of inTurn(pairs, rounds))
    samples.get(way)?.push(...(await load(way.cycle('paced'), { users: 1, runs })).samples)
  const of = (way: Way) => samples.get(way) ?? []
  const added = (way: Way) => of(way).map(({ before, after }) => before + after)
  const rows = pairs
    .flat()
    .map((way) => [
      way.name,
      ...[0.5, 0.95].map((p) => round(quantile(added(way), p), 2)),
      round(median(of(way).map(({ before }) => before)), 2),
      round(median(of(way).map(({ after }) => after)), 2),
    ])
  console.log('\nAdded time to first delta in ms through each API, 1 user\n')
  console.log(table([['', 'p50', 'p95', 'way in p50', 'way out p50'], ...rows]), '\n')
  for (const [run, response] of pairs) {
    const ratio = median(added(response)) / median(added(run))
    console.log(verdict(`${response.name}, p50 against ${run.name}`, ratio, 1.1, 'at most'))
  }
}

async function runsPerSecond(
  pairs: [Way, Way][],
  { rounds, seconds, users, cpu }: { rounds: number; seconds: number; users: number; cpu: () => number },
) {
  const slices = new Map<Way, { perSecond: number; cpuPerRun: number }[]>(
    pairs.flat().map((way) => [way, []]),
  )
  for (const way of inTurn(pairs, rounds)) {
    const before = cpu()
    const { perSecond, samples } = await load(way.cycle('burst'), { users, seconds })
    slices.get(way)?.push({ perSecond, cpuPerRun: (cpu() - before) / samples.length })
  }
  const perSecond = (way: Way) => (slices.get(way) ?? []).map((one) => one.perSecond)
  const rows = pairs
    .flat()
    .map((way) => [
      way.name,
      round(median(perSecond(way))),
      round(median((slices.get(way) ?? []).map((one) => one.cpuPerRun)), 2),
    ])
  console.log(`\nRuns per second through each API, ${users} users, median of ${rounds} rounds\n`)
  console.log(table([['', 'runs/s', 'cpu ms/run'], ...rows]), '\n')
  for (const [run, response] of pairs) {
    const ratios = perSecond(response).map((value, at) => value / (perSecond(run)[at] ?? Number.NaN))
    console.log(verdict(`${response.name} / ${run.name}, ${users} users`, median(ratios), 0.9, 'at least'))
  }
}
