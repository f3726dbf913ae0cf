import { setTimeout as sleep } from 'node:timers/promises'
import { insertVectors } from '../../src/store/embeddings.ts'
import { toUnitLength, type Embedder } from '../../src/search/embedder.ts'
import { openVectors } from '../../src/search/vectors.ts'
import { openMadeStores } from './made-store.ts'
import { middle } from './measure.ts'

const dimensions = 384
const chunksPerFile = 100
const wordsPerChunk = 500
const vocabulary = 60_000

/** A made text whose words are as frequent as those of a language (Zipf). */
function maker(seed: number) {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const word = () => {
    const rank = Math.floor(Math.exp(random() * Math.log(vocabulary)))
    return `w${rank.toString(26).replaceAll(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '')}`
  }
  return { random, text: (words: number) => Array.from({ length: words }, word).join(' ') }
}

/** Searches in one store that grows to 5,000 and 100,000 chunks. */
export async function measureSpeed(print: (line: string) => void, parent?: string): Promise<void> {
  await using stores = await openMadeStores(parent)
  await using vectors = openVectors({ file: stores.file })
  const { random, text } = maker(7)
  const vector = () => toUnitLength(Float32Array.from({ length: dimensions }, () => random() - 0.5))
  const embedder: Embedder = {
    name: 'made',
    dimensions,
    maxBatch: 1,
    embed: async (texts) => texts.map(vector),
  }
  print(
    '| chunks | lexical p50 / p95 (CPU) | vector p50 / p95 (CPU) | hybrid p50 | first search | added per s | resident |',
  )
  print('| --- | --- | --- | --- | --- | --- | --- |')
  let chunks = 0
  for (const size of [5_000, 100_000]) {
    const start = performance.now()
    const before = chunks
    for (; chunks < size; chunks += chunksPerFile) {
      const texts = Array.from({ length: chunksPerFile }, () => text(wordsPerChunk))
      const [ids = []] = await stores.add('vs_a', [{ id: `file-${chunks}`, filename: 'document.txt', texts }])
      await stores.db.write((tx) =>
        insertVectors(
          tx,
          'vs_a',
          'made',
          ids.map((chunk_id) => ({ chunk_id, vector: vector() })),
        ),
      )
    }
    const added = Math.round(((size - before) * 1000) / (performance.now() - start))
    const cpu: number[] = []
    const run = async (times: number, more: object, weights?: { text: number; embedding: number }) => {
      const took: number[] = []
      const used = process.cpuUsage()
      for (let at = 0; at < times; at++) {
        const query = text(12)
        const begin = performance.now()
        await stores.search({ queries: [query], weights }, more)
        took.push(performance.now() - begin)
      }
      const { user, system } = process.cpuUsage(used)
      cpu.push((user + system) / 1000 / times)
      return took
    }
    const both = { vectors, embedder }
    const [first = NaN] = await run(1, {})
    const lexical = await run(60, {})
    await run(2, both, { text: 0, embedding: 1 })
    const dense = await run(30, both, { text: 0, embedding: 1 })
    const hybrid = await run(30, both)
    const p95 = (took: number[]) =>
      (took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? NaN).toFixed(0)
    const cells = [
      String(size),
      `${middle(lexical).toFixed(1)} / ${p95(lexical)} ms (${cpu[1]?.toFixed(1)})`,
      `${middle(dense).toFixed(1)} / ${p95(dense)} ms (${cpu[3]?.toFixed(1)})`,
      `${middle(hybrid).toFixed(1)} ms`,
      `${first.toFixed(0)} ms`,
      String(added),
      `${Math.round(process.memoryUsage().rss / 1e6)} MB`,
    ]
    print(`| ${cells.join(' | ')} |`)
  }
  await vectors[Symbol.asyncDispose]()
  await stores.views[Symbol.asyncDispose]()
  globalThis.gc?.()
  await sleep(500)
  print(`given back: ${Math.round(process.memoryUsage().rss / 1e6)} MB resident after both were closed`)
}
