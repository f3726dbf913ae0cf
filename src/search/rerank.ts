import { postJson } from './post-json.ts'

export interface Reranker {
  readonly name: string
  /** How well each document answers the query, from 0 to 1, in the given order. Rejects when there are no scores. */
  rerank(query: string, documents: string[], signal: AbortSignal): Promise<number[]>
}

export interface RerankerSettings {
  /** The address without `/rerank`. */
  baseUrl: string
  model: string
  apiKey?: string
  /** How long a search waits for it, in milliseconds. */
  timeoutMs?: number
}

/**
 * A client for `/rerank` as Cohere, Jina, Voyage, TEI, vLLM and llama.cpp implement it. They have different names for
 * the list and for the score. Scores outside of 0 to 1 are logits and are converted by the logistic function.
 */
export function openReranker(
  { baseUrl, model, apiKey }: RerankerSettings,
  fetch?: typeof globalThis.fetch,
): Reranker {
  const url = `${baseUrl.replace(/\/+$/, '')}/rerank`
  return {
    name: model,
    async rerank(query, documents, signal) {
      // There is one attempt, because the caller decides how long to wait and how often to try.
      const options = { url, apiKey, fetch, attempts: 1 }
      const answer = (await postJson({ model, query, documents }, options, signal)) as Record<
        string,
        unknown
      > | null
      const list = Array.isArray(answer) ? (answer as unknown[]) : (answer?.['results'] ?? answer?.['data'])
      const scores: number[] = documents.map(() => NaN)
      for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
        const { index, relevance_score, score } = (entry ?? {}) as Record<string, unknown>
        const value = relevance_score ?? score
        if (typeof index === 'number' && index in scores && typeof value === 'number') scores[index] = value
      }
      if (scores.every(Number.isNaN)) throw new Error(`${model} gave no scores`)
      const logits = scores.some((value) => value < 0 || value > 1)
      return scores.map((value) => (Number.isNaN(value) ? 0 : logits ? 1 / (1 + Math.exp(-value)) : value))
    },
  }
}
