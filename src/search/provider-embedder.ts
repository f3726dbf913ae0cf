import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { describeError } from '../common/log.ts'
import { tokensRead, toUnitLength, EmbeddingFailure, type Embedder } from './embedder.ts'

/** An embedder with a model of an `@ai-sdk` package, which is loaded for the first text. */
export function providerEmbedder(
  name: string,
  open: () => Promise<EmbeddingModelV4>,
  dimensions?: number,
): Embedder {
  let opened: Promise<EmbeddingModelV4> | undefined
  let found = dimensions
  /** The maximum of Google. */
  const maxBatch = 96
  return {
    name,
    get dimensions() {
      return found
    },
    maxBatch,
    async embed(texts, _kind, signal, used) {
      const vectors: Float32Array[] = []
      try {
        const model = await (opened ??= open())
        const batchSize = Math.min((await model.maxEmbeddingsPerCall) ?? maxBatch, maxBatch)
        for (let at = 0; at < texts.length; at += batchSize) {
          const values = texts.slice(at, at + batchSize)
          const { embeddings, usage } = await model.doEmbed({
            values,
            abortSignal: signal,
            ...(dimensions !== undefined && { dimensions }),
          })
          used?.(tokensRead(usage?.tokens, values))
          vectors.push(...embeddings.map((embedding) => toUnitLength(Float32Array.from(embedding))))
        }
      } catch (error) {
        signal.throwIfAborted()
        const { isRetryable, statusCode = 0 } = error as { isRetryable?: unknown; statusCode?: number }
        const refusesText = [400, 413, 422].includes(statusCode)
        throw new EmbeddingFailure(describeError(error).message, isRetryable !== false, refusesText)
      }
      found ??= vectors[0]?.length
      if (vectors.length !== texts.length || vectors.some((vector) => vector.length !== found)) {
        throw new EmbeddingFailure(`${name} did not give one vector of ${found} numbers per text`, false)
      }
      return vectors
    },
  }
}
