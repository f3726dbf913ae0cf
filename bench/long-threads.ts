import { runInThread } from './cycle.ts'
import { load } from './load.ts'
import { median, round, table, verdict } from './numbers.ts'
import type { Model } from './model-speeds.ts'
import { cpuMs } from './process.ts'
import type { Target, Targets } from './targets.ts'

const sizes = [10, 1_000, 10_000]
/** Up to so many messages every run has a thread of its own, as its two messages would count. */
const short = 100
const models: Model[] = ['small', 'large']
/** About 140 tokens: some 40 fit into the small window and some 850 into the large one. */
const text = 'The quick brown fox jumps over the lazy dog while the band plays on. '.repeat(8)

interface Cell {
  size: number
  model: Model
  /** In all, as single runs are too short for the clock of processor time. */
  cpu: number
  before: number[]
  messages: number
}

/** What a run costs in a thread of 10, 1,000 and 10,000 messages, where the model has a small or a large window. */
export async function longThreads(
  { threadmill }: Targets,
  { rounds, runs }: { rounds: number; runs: number },
) {
  const { client, assistant = '' } = threadmill
  const long = new Map<number, string>()
  for (const size of sizes) if (size > short) long.set(size, await fill(threadmill, size))
  const run = async ({ size, model }: Cell) =>
    runInThread(client, long.get(size) ?? (await newShortThread(threadmill, size)), { assistant, model })

  const cells = models.flatMap((model) =>
    sizes.map((size): Cell => ({ size, model, cpu: 0, before: [], messages: 0 })),
  )
  for (let pass = -1; pass < rounds; pass++) {
    for (const cell of cells) {
      const began = cpuMs(threadmill.pids[0])
      const { samples } = await load(() => run(cell), { users: 1, runs })
      // The first round warms up.
      if (pass < 0) continue
      cell.cpu += cpuMs(threadmill.pids[0]) - began
      cell.before.push(...samples.map(({ before }) => before))
      cell.messages = samples.at(-1)?.messages ?? 0
    }
  }

  console.log(`\nLong threads, ${rounds * runs} runs each, 1 user\n`)
  console.log(
    table([
      ['window', 'in thread', 'in prompt', 'to model, ms p50', 'cpu ms/run'],
      ...cells.map(({ model, size, messages, before, cpu }) => [
        model === 'small' ? '8k' : '128k',
        String(size),
        String(messages),
        round(median(before), 2),
        round(cpu / (rounds * runs), 2),
      ]),
    ]),
    '\n',
  )
  for (const model of models) {
    const time = (size: number) =>
      median(cells.find((cell) => cell.model === model && cell.size === size)?.before ?? [])
    const name = `10,000 / 1,000 messages, ${model} window, time to model`
    console.log(verdict(name, time(10_000) / time(1_000), 1.25, 'at most'))
  }
}

async function newShortThread({ client }: Target, size: number): Promise<string> {
  const messages = Array.from({ length: size }, () => ({ role: 'user', content: text }))
  return (await client.json<{ id: string }>('POST', '/threads', { messages })).id
}

/** Several users write at once, as one would wait for the disk 10,000 times. */
async function fill({ client }: Target, size: number): Promise<string> {
  const { id } = await client.json<{ id: string }>('POST', '/threads', {})
  const started = performance.now()
  let left = size
  const write = async () => {
    while (left > 0) {
      left--
      await client.json('POST', `/threads/${id}/messages`, { role: 'user', content: text })
    }
  }
  await Promise.all(Array.from({ length: 16 }, write))
  const perSecond = (size * 1_000) / (performance.now() - started)
  if (size === Math.max(...sizes))
    console.log(`\n(${round(perSecond, 0)} messages per second to fill a thread)`)
  return id
}
