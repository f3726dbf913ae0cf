import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { EmbeddingFailure, toUnitLength, type Embedder } from './embedder.ts'
import { openWordPiece, type WordPiece } from './wordpiece.ts'

/** A model that reads windows of token ids, outside of this process. */
export interface LocalModel {
  /** Of its space of vectors. */
  readonly name: string
  /**
   * The vector of a window, of length 1; an urgent one waits for no other. An error may say by `lost: true` that it is
   * about the model and not about the window.
   */
  embed(tokens: readonly number[], urgent: boolean, signal: AbortSignal): Promise<Float32Array>
  close(): Promise<void>
}

/** What MiniLM was trained to read, with both marks. */
const window = 256
/** A chunk of 800 tokens is four windows; what is longer is cut. */
const maxWindows = 8

let vocabulary: WordPiece | undefined
/** That of all models of BERT's family that know no capitals; read with the first text. */
const wordPieces = () =>
  (vocabulary ??= openWordPiece(readFileSync(new URL('wordpiece-vocabulary.txt', import.meta.url), 'utf8')))

/** all-MiniLM-L6-v2 on this machine. A query goes before the documents that are waiting. */
export function localEmbedder(model: LocalModel): Embedder {
  return {
    name: model.name,
    dimensions: 384,
    maxBatch: 32,
    async embed(texts, kind, signal) {
      const vectors: Promise<Float32Array>[] = []
      for (const text of texts) {
        // A thousand words take a millisecond: other requests come in between.
        if (vectors.length > 0) await setImmediate()
        const windows = windowsOf(text).map((tokens) => model.embed(tokens, kind === 'query', signal))
        vectors.push(Promise.all(windows).then(meanOf))
        // Somebody waits for it below; until then nobody has heard of its failure.
        vectors.at(-1)?.catch(() => {})
      }
      try {
        return await Promise.all(vectors)
      } catch (error) {
        signal.throwIfAborted()
        const { message, lost } = error as Error & { lost?: boolean }
        throw new EmbeddingFailure(`the local model failed: ${message}`, lost === true)
      }
    },
    close: () => model.close(),
  }
}

/** With both marks; of one length, since a last window of a few words would count as much as a full one. */
function windowsOf(text: string): number[][] {
  const pieces = wordPieces()
  const { start, end } = pieces
  const tokens = pieces.encode(text)
  const size = window - 2
  const count = Math.min(Math.max(Math.ceil(tokens.length / size), 1), maxWindows)
  const each = Math.min(Math.ceil(tokens.length / count), size)
  return Array.from({ length: count }, (_, at) => [start, ...tokens.slice(at * each, (at + 1) * each), end])
}

/** As the model's makers do it with the tokens of a window. */
function meanOf(vectors: Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
  return toUnitLength(sum)
}
