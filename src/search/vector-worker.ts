import { parentPort, workerData } from 'node:worker_threads'
import { openAgain, type DatabaseAt } from '../store/open-database.ts'
import { answerQuestions } from '../common/worker-thread.ts'
import { baselineOf, bestOf, products } from './score-vectors.ts'
import { vectorPages, type StoreState } from './vector-pages.ts'

/** The data with which `vectors.ts` starts the thread. */
export interface VectorWorkerData {
  at: DatabaseAt
  bytes: number
}

export interface VectorRequest extends StoreState {
  vector: Float32Array
  /** Ascending ids of the chunks that may be found. Undefined means all. */
  allowed: Float64Array | undefined
  limit: number
  /** Ascending ids of chunks whose cosines are also requested. */
  also: Float64Array
}

export interface VectorReply {
  best: { id: number; cosine: number }[]
  /** NaN for a chunk without a vector. */
  also: Float32Array
  baseline: number
  /** The number of chunks with a vector, up to `lastChunk`. */
  known: number
}

const { at, bytes } = workerData as VectorWorkerData
const db = openAgain(at)
// Requests are answered one after the other. Otherwise two of them could load the same store at the same time.
const pagesOf = vectorPages(db, bytes)

async function answer({ vector, allowed, limit, also, ...state }: VectorRequest): Promise<VectorReply> {
  const best: { id: number; cosine: number }[] = []
  const cosinesOfAlso = new Float32Array(also.length).fill(NaN)
  let baseline = 0
  let [allowedAt, alsoAt, known] = [0, 0, 0]
  for await (const page of pagesOf(state)) {
    const cosines = products(page, vector)
    baseline ||= baselineOf(page, vector.length)
    known += placeAfter(page.ids, state.lastChunk)
    for (; alsoAt < also.length && (also[alsoAt] ?? 0) <= (page.ids.at(-1) ?? 0); alsoAt++) {
      const place = placeOf(page.ids, also[alsoAt] ?? 0)
      if (place >= 0) cosinesOfAlso[alsoAt] = cosines[place] ?? NaN
    }
    // Both lists are ascending and positions are requested in order, so one pass over `allowed` is enough.
    const isAllowed = (place: number) => {
      if (!allowed) return true
      const chunk = page.ids[place] ?? 0
      while (allowedAt < allowed.length && (allowed[allowedAt] ?? 0) < chunk) allowedAt++
      return allowed[allowedAt] === chunk
    }
    for (const place of bestOf(cosines, isAllowed, limit)) {
      best.push({ id: page.ids[place] ?? 0, cosine: cosines[place] ?? 0 })
    }
  }
  best.sort((a, b) => b.cosine - a.cosine)
  return { best: best.slice(0, limit), also: cosinesOfAlso, baseline, known }
}

function placeOf(ids: Float64Array, id: number): number {
  const place = placeAfter(ids, id) - 1
  return ids[place] === id ? place : -1
}

/** How many of the ascending ids are less than or equal to this one. */
function placeAfter(ids: Float64Array, id: number): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? 0) <= id) low = middle + 1
    else high = middle
  }
  return low
}

answerQuestions(parentPort, answer)
