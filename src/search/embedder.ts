import { estimateTokens } from '../models/tokens.ts'

/**
 * Turns texts into vectors. Two embedders with the same name give vectors of the same space. Vectors of different
 * spaces must never be compared.
 */
export interface Embedder {
  /** The provider and the model, with the dimensions if they were chosen, or another name of the space. */
  readonly name: string
  /** Undefined until the first answer when only the provider knows the number. */
  readonly dimensions: number | undefined
  /** The maximum number of texts per call. */
  readonly maxBatch: number
  /**
   * The vectors in the order of the texts, each of length 1. `used` is told of the tokens that were read, which are
   * estimated where the model does not say them. Rejects with `EmbeddingFailure` or the reason of the signal.
   */
  embed(
    texts: string[],
    kind: 'document' | 'query',
    signal: AbortSignal,
    used?: (tokens: number) => void,
  ): Promise<Float32Array[]>
  close?(): Promise<void>
}

/** The tokens that a model says it has read, or an estimate where it does not say so. */
export const tokensRead = (said: unknown, texts: readonly string[]): number =>
  Number.isSafeInteger(said) && (said as number) > 0
    ? (said as number)
    : texts.reduce((sum, text) => sum + estimateTokens(text), 0)

/**
 * The provider could not be reached or did not answer with vectors. With `retryable` it may succeed later. With
 * `refusesText` the provider works but does not accept this text. All other failures say nothing about the text.
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

/**
 * Scales a vector to length 1, in place, so that the product of two vectors is their cosine. A vector of zeros stays
 * unchanged.
 */
export function toUnitLength(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const length = Math.sqrt(sum)
  if (length > 0) for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] ?? 0) / length
  return vector
}
