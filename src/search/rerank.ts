import { postJson } from './post-json.ts'

export interface Reranker {
  readonly name: string
  /** How well each document answers the query, 0 to 1, in the order given. Rejects when it cannot say. */
  rerank(query: string, documents: string[], signal: AbortSignal): Promise<number[]>
}

export interface RerankerSettings {
  /** Everything before `/rerank`. */
  baseUrl: string
  model: string
  apiKey?: string
  /** How long a search waits for it, in milliseconds. */
  timeoutMs?: number
}

/**
 * `/rerank` as Cohere, Jina, Voyage, TEI, vLLM and llama.cpp have it; they differ in the name of the list and of the
 * value. Values outside of 0 to 1 are logits and go through the logistic function.
 */
export function openReranker(
  { baseUrl, model, apiKey }: RerankerSettings,
  fetch?: typeof globalThis.fetch,
): Reranker {
  const url = `${baseUrl.replace(/\/+$/, '')}/rerank`
  return {
    name: model,
    async rerank(query, documents, signal) {
      // Who waits for it decides how long and how often.
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
