import { describeError, type Log } from '../common/log.ts'
import { circuitBreaker, type CircuitBreaker } from './circuit-breaker.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { PostFailure } from './post-json.ts'
import type { Reranker } from './rerank.ts'

interface GuardOptions {
  /** How long a search waits for an answer, in milliseconds. */
  timeoutMs: number
  log: Log
}

/**
 * The embedder for searches. A user waits for the vector of a query, so a call takes at most `timeoutMs`, and no call
 * is made while the service is out of order. Documents have the embedder's own timeout.
 */
export function guardEmbedder(embedder: Embedder, { timeoutMs, log }: GuardOptions): Embedder {
  const isOutage = (error: unknown) => !(error instanceof EmbeddingFailure) || error.retryable
  const ask = guard(`embedder ${embedder.name}`, isOutage, { timeoutMs, log })
  return {
    name: embedder.name,
    get dimensions() {
      return embedder.dimensions
    },
    maxBatch: embedder.maxBatch,
    embed: (texts, kind, signal, used) =>
      kind === 'query'
        ? ask((limited) => embedder.embed(texts, kind, limited, used), signal)
        : embedder.embed(texts, kind, signal, used),
  }
}

/** The same for rerankers. */
export function guardReranker(reranker: Reranker, { timeoutMs, log }: GuardOptions): Reranker {
  const isOutage = (error: unknown) => error instanceof PostFailure && error.retryable
  const ask = guard(`reranker ${reranker.name}`, isOutage, { timeoutMs, log })
  return {
    name: reranker.name,
    rerank: (query, documents, signal) =>
      ask((limited) => reranker.rerank(query, documents, limited), signal),
  }
}

/** Logs one line when a service fails and one when it works again, independently of the number of searches. */
const guard = (
  service: string,
  isOutage: (error: unknown) => boolean,
  { timeoutMs, log }: GuardOptions,
): CircuitBreaker =>
  circuitBreaker({
    timeoutMs,
    isOutage,
    onOpen: (error, restMs) =>
      log('warn', 'search_goes_without', { service, for_ms: restMs, ...describeError(error) }),
    onClose: () => log('info', 'search_goes_with_again', { service }),
  })
