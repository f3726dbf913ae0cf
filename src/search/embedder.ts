/** What turns texts into vectors. Two with the same name give vectors of one space; others must never be compared. */
export interface Embedder {
  /** `provider/model` or the like, with the dimensions where they were chosen. */
  readonly name: string
  /** Undefined until the first text came back, where only the provider knows. */
  readonly dimensions: number | undefined
  /** Texts per call at most. */
  readonly maxBatch: number
  /** In the order of the texts, of length 1 each. Rejects with `EmbeddingFailure`, or the signal's reason. */
  embed(texts: string[], kind: 'document' | 'query', signal: AbortSignal): Promise<Float32Array[]>
  close?(): Promise<void>
}

/**
 * The provider could not be asked or did not answer with vectors; `retryable`: later it may. `refusesText`: it answers,
 * and will not have this text; all else says nothing about the text.
 */
export class EmbeddingFailure extends Error {
  override name = 'EmbeddingFailure'
  readonly retryable: boolean
  readonly refusesText: boolean
  constructor(message: string, retryable: boolean, refusesText = false) {
    super(message)
    this.retryable = retryable
    this.refusesText = refusesText
  }
}

/** To length 1, in place, so that the product of two vectors is their cosine. A vector of zeros stays one. */
export function toUnitLength(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const length = Math.sqrt(sum)
  if (length > 0) for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] ?? 0) / length
  return vector
}
