export interface Reranker {
  readonly name: string
  /** How well each document answers the query, 0 to 1, in the order given. Rejects when it cannot say. */
  rerank(query: string, documents: string[], signal: AbortSignal): Promise<number[]>
}
