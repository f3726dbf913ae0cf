import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { EmbeddingFailure, toUnitLength, type Embedder } from './embedder.ts'
import { openWordPiece, type WordPiece } from './wordpiece.ts'

/** A model that reads windows of token ids. It runs outside of this process. */
export interface LocalModel {
  /** The name of its vector space. */
  readonly name: string
  /**
   * The vector of a window, of length 1. An urgent window is computed before all that are waiting. An error with
   * `lost: true` means that the model failed, and not that the window is wrong.
   */
  embed(tokens: readonly number[], urgent: boolean, signal: AbortSignal): Promise<Float32Array>
  close(): Promise<void>
}

/** The number of tokens for which MiniLM was trained, including the two special tokens. */
const window = 256
/** A chunk of 800 tokens needs four windows. Text after the last window is not used. */
const maxWindows = 8

let vocabulary: WordPiece | undefined
/** The vocabulary of all uncased BERT models. It is loaded for the first text. */
const wordPieces = () =>
  (vocabulary ??= openWordPiece(readFileSync(new URL('wordpiece-vocabulary.txt', import.meta.url), 'utf8')))

/** The embedder with all-MiniLM-L6-v2 on this machine. A query is computed before the documents that are waiting. */
export function localEmbedder(model: LocalModel): Embedder {
  return {
    name: model.name,
    dimensions: 384,
    maxBatch: 32,
    async embed(texts, kind, signal, used) {
      let tokens = 0
      const vectors: Promise<Float32Array>[] = []
      for (const text of texts) {
        // Splitting a thousand words into tokens takes a millisecond, so other requests are let through between texts.
        if (vectors.length > 0) await setImmediate()
        const windows = windowsOf(text)
        tokens += windows.reduce((sum, one) => sum + one.length, 0)
        const embedded = windows.map((one) => model.embed(one, kind === 'query', signal))
        vectors.push(Promise.all(embedded).then(meanOf))
        // The promise is awaited below. Until then a rejection would be reported as unhandled.
        vectors.at(-1)?.catch(() => {})
      }
      try {
        const all = await Promise.all(vectors)
        used?.(tokens)
        return all
      } catch (error) {
        signal.throwIfAborted()
        const { message, lost } = error as Error & { lost?: boolean }
        throw new EmbeddingFailure(`the local model failed: ${message}`, lost === true)
      }
    },
    close: () => model.close(),
  }
}

/**
 * The windows of a text, with both special tokens. They have the same length, because otherwise a last window of a few
 * words would count as much as a full one.
 */
function windowsOf(text: string): number[][] {
  const pieces = wordPieces()
  const { start, end } = pieces
  const tokens = pieces.encode(text)
  const size = window - 2
  const count = Math.min(Math.max(Math.ceil(tokens.length / size), 1), maxWindows)
  const each = Math.min(Math.ceil(tokens.length / count), size)
  return Array.from({ length: count }, (_, at) => [start, ...tokens.slice(at * each, (at + 1) * each), end])
}

/** The mean of the vectors. The authors of the model combine the tokens of a window in the same way. */
function meanOf(vectors: Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
  return toUnitLength(sum)
}
