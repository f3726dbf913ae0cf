import { moduleBeside, workerThread } from '../common/worker-thread.ts'
import type { DatabaseAt } from '../store/open-database.ts'
import { positionOf, type StoreView } from './store-views.ts'
import type { VectorReply, VectorRequest, VectorWorkerData } from './vector-worker.ts'

export interface VectorQuery {
  view: StoreView
  /** The model that made the vector. */
  model: string
  /** A vector of length 1. */
  vector: Float32Array
  /** One byte for each file of the view: 1 when it may be found. Undefined means all files. */
  allowed: Uint8Array | undefined
  limit: number
  /** Positions of chunks whose values are also requested. */
  also: number[]
}

export interface VectorAnswer {
  /** The best chunks first. `dense` is 0 for unrelated texts and 1 for the same text. */
  best: { position: number; dense: number }[]
  /** In the order of the request. Null for a chunk without a vector. */
  also: { dense: number | null }[]
  /** The number of chunks of the view that have no vector of the model. */
  missing: number
}

export interface VectorIndex extends AsyncDisposable {
  search(query: VectorQuery, signal: AbortSignal): Promise<VectorAnswer>
}

export interface VectorLimits {
  /** The maximum size of the cached vectors. */
  bytes?: number
  /** The time in milliseconds after which the thread ends when there is no search, so that its memory is free. */
  idleMs?: number
}

/**
 * Exact search over the vectors in a database. It compares every vector of the store, in a separate thread, which
 * starts with the first search.
 */
export function openVectors(
  at: DatabaseAt,
  { bytes = 512 << 20, idleMs = 300_000 }: VectorLimits = {},
): VectorIndex {
  const thread = workerThread<VectorRequest, VectorReply>(
    moduleBeside(import.meta.url, 'vector-worker'),
    'vectors',
    { idleMs, workerData: { at, bytes } satisfies VectorWorkerData },
  )

  return {
    async search({ view, model, vector, allowed, limit, also }, signal) {
      const asked = Float64Array.from(also, (position) => view.ids[position] ?? 0).toSorted()
      const reply = await thread.ask(
        {
          storeId: view.storeId,
          model,
          version: view.version,
          lastChunk: view.lastChunk,
          vector,
          allowed: allowed && allowedChunks(view, allowed),
          limit,
          also: asked,
        },
        { signal },
      )
      const dense = (cosine: number) =>
        Math.min(Math.max((cosine - reply.baseline) / (1 - reply.baseline), 0), 1)
      const values = new Map(Array.from(asked, (id, at) => [id, reply.also[at] ?? NaN]))
      return {
        best: reply.best.flatMap(({ id, cosine }) => {
          const position = positionOf(view, id)
          return position < 0 ? [] : [{ position, dense: dense(cosine) }]
        }),
        also: also.map((position) => {
          const cosine = values.get(view.ids[position] ?? 0) ?? NaN
          return { dense: Number.isNaN(cosine) ? null : dense(cosine) }
        }),
        missing: Math.max(0, view.count - reply.known),
      }
    },
    [Symbol.asyncDispose]: () => thread.close(),
  }
}

function allowedChunks({ ids, fileOf, count }: StoreView, allowed: Uint8Array): Float64Array {
  const found = new Float64Array(count)
  let length = 0
  for (let at = 0; at < count; at++) {
    if (allowed[fileOf[at] ?? 0] === 1) found[length++] = ids[at] ?? 0
  }
  return found.subarray(0, length)
}
