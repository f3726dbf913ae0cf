import { readFileSync } from 'node:fs'
import { loadavg, availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { openLocalModel } from '../src/sandbox/embedding/local-model.ts'
import { children, residentMemory } from '../src/sandbox/usage/process-memory.ts'
import { localEmbedder } from '../src/search/local-embedder.ts'
import { quantile, round, table, verdict } from './numbers.ts'

const help = `node bench/embedding.ts --data <folder>

How fast the local embedding model is: a query alone, chunks of several sizes, and a query while chunks are embedded.

  --data <folder>    a data folder for which "threadmill setup" was run (./data)
  --seconds <n>      how long each size is tried (5)
`

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: './data' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})

const never = new AbortController().signal
const sentence = 'The warranty of the pump covers parts and labour for two years from the date of delivery. '
/** English has about as many words as tokens. */
const chunk = (words: number) => {
  const cut = Math.floor(Math.random() * 16)
  return sentence
    .repeat(Math.ceil(words / 16) + 1)
    .split(' ')
    .slice(cut, cut + words)
    .join(' ')
}
const query = () => chunk(10)

/** Seconds of processor time of the model's process so far: what a chunk costs, whatever else the machine does. */
const processorSeconds = () =>
  children(process.pid)
    .map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [])
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / 100, 0)

async function measure(data: string, seconds: number): Promise<void> {
  const model = openLocalModel(data)
  if (!model) throw new Error(`${data} has no model: run "threadmill setup"`)
  const embedder = localEmbedder(model)
  const embed = (texts: string[], kind: 'document' | 'query') => embedder.embed(texts, kind, never)

  const ask = async () => {
    const begin = performance.now()
    await embed([query()], 'query')
    return performance.now() - begin
  }
  /** Two batches in line, so that the process never waits for us. */
  async function chunksPerSecond(words: number, beside?: () => Promise<unknown>) {
    const before = processorSeconds()
    const begin = performance.now()
    let done = 0
    const line = async () => {
      while (performance.now() - begin < seconds * 1000) {
        await embed(
          Array.from({ length: 16 }, () => chunk(words)),
          'document',
        )
        done += 16
      }
    }
    const lines = Promise.all([line(), line()])
    let isOver = false
    void lines.then(() => (isOver = true))
    while (beside && !isOver) await Promise.race([beside(), lines])
    await lines
    const cost = ((processorSeconds() - before) * 1000) / done
    return { speed: (done * 1000) / (performance.now() - begin), cost }
  }

  console.log(`${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}\n`)
  console.log(`first query, with the start of the process: ${round(await ask(), 0)} ms`)
  const alone: number[] = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) alone.push(await ask())
  const rows = [['', 'p50', 'p95']]
  const row = (what: string, took: number[]) =>
    rows.push([what, `${round(quantile(took, 0.5), 1)} ms`, `${round(quantile(took, 0.95), 1)} ms`])
  const chunks = [['', 'a second', 'processor ms each', 'two free processors would do']]
  row('a query alone', alone)
  const speeds = new Map<number, number>()
  for (const words of [50, 100, 200, 700]) {
    const { speed, cost } = await chunksPerSecond(words)
    speeds.set(words, speed)
    chunks.push([
      `chunks of ${words} words`,
      ...[speed, cost, 2000 / cost].map((one) => String(round(one, 1))),
    ])
    const took: number[] = []
    await chunksPerSecond(words, async () => {
      took.push(await ask())
      await new Promise((resolve) => setTimeout(resolve, 20))
    })
    row(`a query beside chunks of ${words} words`, took)
  }
  console.log(`\n${table(rows)}\n\n${table(chunks)}\n`)
  const resident = (residentMemory(process.pid) ?? 0) - process.memoryUsage().rss
  console.log(`resident memory of the model's process: ${round(resident / 1e6, 0)} MB\n`)
  console.log(verdict('a query alone, p50 in ms', quantile(alone, 0.5), 10, 'at most'))
  console.log(verdict('chunks of 50 words a second', speeds.get(50) ?? 0, 100, 'at least'))
  await embedder.close?.()
}

if (values.help) console.log(help)
else await measure(values.data, Number(values.seconds))
