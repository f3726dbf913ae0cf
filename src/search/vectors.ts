import type { StoreView } from './store-views.ts'

export interface VectorQuery {
  view: StoreView
  /** Whose space the vector is in. */
  model: string
  /** Of length 1. */
  vector: Float32Array
  /** One byte per file of the view; undefined: all. */
  allowed: Uint8Array | undefined
  limit: number
  /** Positions whose values are asked for as well. */
  also: number[]
}

export interface VectorAnswer {
  best: { position: number; dense: number }[]
  /** In the order asked; null: no vector. */
  also: { dense: number | null }[]
}

export interface VectorIndex extends AsyncDisposable {
  search(query: VectorQuery, signal: AbortSignal): Promise<VectorAnswer>
}
