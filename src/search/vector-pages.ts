import { LRUCache } from 'lru-cache'
import { vectorsAfter } from '../store/embeddings.ts'
import type { Reader } from '../store/database.ts'

/** Vectors of one store and model, in the order of the chunk ids. */
export interface VectorPage {
  ids: Float64Array
  /** All vectors one after the other, each with `dimensions` numbers. */
  values: Float32Array
}

export interface StoreState {
  storeId: string
  model: string
  version: number
  lastChunk: number
}

const rowsPerPage = 4_096

interface Kept {
  version: number
  lastChunk: number
  pages: VectorPage[]
}

/**
 * Reads the vectors of stores from the database and caches up to `bytes` of them. The store that was used longest ago
 * is dropped first. A store that is larger than the cache is read every time.
 */
export function vectorPages(db: Reader, bytes: number) {
  const kept = new LRUCache<string, Kept>({ maxSize: Math.max(bytes, 1) })

  async function* read(state: StoreState, after: number): AsyncGenerator<VectorPage> {
    for (;;) {
      const rows = await vectorsAfter(db, state.storeId, state.model, after, rowsPerPage)
      const [first, last] = [rows[0], rows.at(-1)]
      if (!first || !last) return
      const length = first.vector.byteLength >> 2
      const page = { ids: new Float64Array(rows.length), values: new Float32Array(rows.length * length) }
      const target = new Uint8Array(page.values.buffer)
      for (const [at, { id, vector }] of rows.entries()) {
        page.ids[at] = id
        if (vector.byteLength === length << 2) target.set(vector, at * (length << 2))
      }
      yield page
      if (rows.length < rowsPerPage) return
      after = last.id
    }
  }

  return async function* pagesOf(state: StoreState): AsyncGenerator<VectorPage> {
    const key = `${state.storeId} ${state.model}`
    const found = kept.get(key)
    const valid = found?.version === state.version ? found : undefined
    if (valid?.lastChunk === state.lastChunk) {
      yield* valid.pages
      return
    }
    kept.delete(key)
    // A page that is not full is read again together with its new vectors. Otherwise there would be many pages of one
    // vector.
    const pages = valid?.pages.filter((page) => page.ids.length === rowsPerPage) ?? []
    yield* pages
    let size = sizeOf(pages)
    let fits = true
    for await (const page of read(state, pages.at(-1)?.ids.at(-1) ?? 0)) {
      size += sizeOf([page])
      fits &&= size <= bytes
      if (fits) pages.push(page)
      else pages.length = 0
      yield page
    }
    if (fits)
      kept.set(
        key,
        { version: state.version, lastChunk: state.lastChunk, pages },
        { size: Math.max(size, 1) },
      )
  }
}

const sizeOf = (pages: VectorPage[]) =>
  pages.reduce((sum, page) => sum + page.ids.byteLength + page.values.byteLength, 0)
