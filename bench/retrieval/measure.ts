import type { Collection } from './collection.ts'

export interface Quality {
  ndcg: number
  /** Among the first 10, and among the first 20, which a run is given. */
  recall: number
  recall20: number
  /** Of the first 10 that are right, and of those that are not: how many a score_threshold of .5 keeps. */
  kept: { right: number; wrong: number }
  /** Milliseconds a query, the middle one. */
  p50: number
}

export interface Found {
  id: string
  score: number
}

/** nDCG@10 with linear gains, and recall, over the queries that have a relevant document; as BEIR counts. */
export async function measure(
  { queries, relevant }: Collection,
  search: (query: string) => Promise<Found[]>,
): Promise<Quality> {
  const times: number[] = []
  let [ndcg, recall, recall20, asked] = [0, 0, 0, 0]
  const first = { right: 0, wrong: 0 }
  const kept = { right: 0, wrong: 0 }
  for (const { id, text } of queries) {
    const grades = relevant.get(id)
    if (!grades) continue
    const start = performance.now()
    const results = await search(text)
    times.push(performance.now() - start)
    const found = results.slice(0, 10).map(({ id }) => id)
    for (const { id, score } of results.slice(0, 10)) {
      const kind = grades.has(id) ? 'right' : 'wrong'
      first[kind]++
      if (score >= 0.5) kept[kind]++
    }
    asked++
    const gain = (list: number[]) => list.reduce((sum, grade, at) => sum + grade / Math.log2(at + 2), 0)
    const ideal = [...grades.values()].toSorted((a, b) => b - a).slice(0, 10)
    ndcg += gain(found.map((document) => grades.get(document) ?? 0)) / gain(ideal)
    recall += found.filter((document) => grades.has(document)).length / grades.size
    recall20 += results.slice(0, 20).filter(({ id }) => grades.has(id)).length / grades.size
  }
  return {
    ndcg: ndcg / asked,
    recall: recall / asked,
    recall20: recall20 / asked,
    kept: { right: kept.right / first.right, wrong: kept.wrong / first.wrong },
    p50: middle(times),
  }
}

export const middle = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

/** nDCG@10. BM25, ada-002 and MiniLM: BEIR's paper, bm25s and MTEB; file search: measured on the service in its time. */
export const published: Record<string, { bm25?: number; minilm?: number; fileSearch?: number }> = {
  scifact: { bm25: 0.687, minilm: 0.645, fileSearch: 0.717 },
  nfcorpus: { bm25: 0.321, minilm: 0.316, fileSearch: 0.316 },
  arguana: { bm25: 0.315, minilm: 0.502, fileSearch: 0.296 },
  fiqa: { bm25: 0.236, minilm: 0.369, fileSearch: 0.286 },
  cranfield: { bm25: 0.359 },
  cisi: { bm25: 0.383 },
}
