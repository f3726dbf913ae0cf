import { parentPort, workerData } from 'node:worker_threads'
import { openAgain, type DatabaseAt } from '../store/open-database.ts'
import { answerQuestions } from '../worker-thread.ts'
import { baselineOf, bestOf, products } from './score-vectors.ts'
import { vectorPages, type StoreState } from './vector-pages.ts'

/** What `vectors.ts` starts its thread with. */
export interface VectorWorkerData {
  at: DatabaseAt
  bytes: number
}

export interface VectorRequest extends StoreState {
  vector: Float32Array
  /** Ascending ids of chunks; undefined: all. */
  allowed: Float64Array | undefined
  limit: number
  /** Ascending ids of chunks whose cosines are asked for as well. */
  also: Float64Array
}

export interface VectorReply {
  best: { id: number; cosine: number }[]
  /** NaN: no vector. */
  also: Float32Array
  baseline: number
  /** Chunks up to the last one that have a vector. */
  known: number
}

const { at, bytes } = workerData as VectorWorkerData
const db = openAgain(at)
// Questions are answered one after the other: two that load the same store would do it twice.
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
    // Both lists ascend, and places are asked for in order.
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

/** How many of the ascending ids are this one or come before it. */
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
