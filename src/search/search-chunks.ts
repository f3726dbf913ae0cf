import { searchWarnings, type Filter, type SearchWarning } from '../contract/vector-store-search.ts'
import { describeError, type Log } from '../common/log.ts'
import { chunksByIds } from '../store/chunks.ts'
import type { Reader } from '../store/database.ts'
import { spaceOf } from '../store/embeddings.ts'
import { allowedFiles, findChunkCandidates, queryTerms, type Candidate, type Searched } from './candidates.ts'
import { calibration } from './calibrate.ts'
import { toResult, type ChunkResult } from './chunk-result.ts'
import { CircuitOpen } from './circuit-breaker.ts'
import type { Embedder } from './embedder.ts'
import { fuse, type Ranking } from './fuse.ts'
import type { Reranker } from './rerank.ts'
import { diversify } from './diversify.ts'
import type { StoreViews } from './store-views.ts'
import type { VectorIndex } from './vectors.ts'

export interface SearchDeps {
  db: Reader
  views: StoreViews
  log: Log
  /** Either both are set or neither. Without them a search uses words only. */
  vectors?: VectorIndex
  embedder?: Embedder
  /** Told of the tokens of a query that was embedded. */
  countEmbedded?: (project: string, tokens: number) => void
  reranker?: Reranker
}

export interface SearchRequest {
  project: string
  stores: readonly { id: string }[]
  queries: readonly string[]
  /** Applies to the attributes of files, before the ranking. */
  filter?: Filter | undefined
  limit: number
  /** From 0 to 1. */
  scoreThreshold?: number
  /** The weights of `hybrid_search`. The default is 1 to 1. */
  weights?: { text: number; embedding: number } | undefined
  /** `none` means that the reranker is not used. Any other name means that it is used if there is one. */
  ranker?: string
}

/** Measured on BM25 values. Fused values are closer together, so the same penalty would move a chunk twice as far. */
const penalty = { alone: 0.9, fused: 0.95 }
const rerankedAtOnce = 50
/** Additional chunks to read, because files can be deleted between ranking and reading. */
const spare = 10

/** The results, and what was not available for this search. */
export interface SearchOutcome {
  /** Best first. */
  results: ChunkResult[]
  warnings: SearchWarning[]
}

/** Finds the passages that answer the queries best. Rejects with the reason of the signal when it is aborted. */
export async function searchChunks(
  deps: SearchDeps,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchOutcome> {
  const { db } = deps
  signal.throwIfAborted()
  const warnings: SearchWarning[] = []
  const stores = await openStores(deps, request)
  const { rankings, best, weights } = await rankEach(deps, request, { stores, warnings }, signal)
  const lists = rankings.filter(({ ranked, weight }) => ranked.length > 0 && weight > 0)
  const alone = lists.length < 2
  const ranked = alone
    ? (lists[0]?.ranked ?? []).map((id) => ({ id, value: best.get(id)?.score ?? 0 }))
    : fuse(lists).map(({ item, value }) => ({ id: item, value }))
  const candidates = ranked.flatMap(({ id, value }) => {
    const found = best.get(id)
    return found ? [{ item: found.candidate, value }] : []
  })

  const reranker = request.ranker === 'none' ? undefined : deps.reranker
  const wanted = Math.max(request.limit, reranker ? rerankedAtOnce : 0)
  const chosen = diversify(candidates, wanted + spare, alone ? penalty.alone : penalty.fused)
  const rows = await chunksByIds(
    db,
    request.project,
    chosen.map(({ item }) => item.id),
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  let results = chosen.flatMap(({ item, penalty }) => {
    const row = byId.get(item.id)
    const score = (best.get(item.id)?.score ?? 0) * penalty
    return row ? [toResult(row, item, score, penalty)] : []
  })
  results = results.slice(0, wanted)
  const reranked =
    reranker &&
    results.length > 0 &&
    (await rerank(deps, reranker, request.queries.join('\n'), results, signal))
  if (reranked === undefined && reranker) warnings.push(searchWarnings.reranker_unavailable)
  const ordered = reranked ? inOrder(reranked) : inOrder(results, calibration(weights))
  const threshold = request.scoreThreshold ?? 0
  return { results: ordered.filter(({ score }) => score >= threshold).slice(0, request.limit), warnings }
}

interface Ranked {
  rankings: Ranking<number>[]
  /** For the id of each chunk in the rankings, the score for the query that it answers best. */
  best: Map<number, { candidate: Candidate; score: number }>
  /** The weights that the scores were computed with. */
  weights: Weights
}

/** Makes one ranking by words and one by vectors for each query. */
async function rankEach(
  deps: SearchDeps,
  request: SearchRequest,
  { stores, warnings }: { stores: Searched[]; warnings: SearchWarning[] },
  signal: AbortSignal,
): Promise<Ranked> {
  const weights = weigh(request.weights)
  let used = onlyText
  let vectors: Float32Array[] = []
  if (weights.embedding > 0) {
    const embedded = await embedQueries(deps, stores, request, signal)
    vectors = embedded.vectors
    if (embedded.warning) warn(warnings, embedded.warning)
  }
  const rankings: Ranking<number>[] = []
  const best: Ranked['best'] = new Map()
  const find = (query: string, vector: Float32Array | undefined) => {
    const terms = weights.text > 0 || !vector ? queryTerms(query, stores) : []
    return findChunkCandidates(deps, { stores, terms, vector }, signal)
  }
  for (const [at, query] of request.queries.entries()) {
    let vector = vectors[at]
    const { text, dense, missing } = await find(query, vector).catch((error: unknown) => {
      signal.throwIfAborted()
      if (!vector) throw error
      deps.log('error', 'vectors_not_searched', describeError(error))
      warn(warnings, searchWarnings.embedding_unavailable)
      vectors = []
      vector = undefined
      return find(query, vector)
    })
    if (missing > 0) warn(warnings, searchWarnings.embeddings_incomplete)
    rankings.push({ ranked: text.map(({ id }) => id), weight: vector ? weights.text : 1 })
    if (vector) rankings.push({ ranked: dense.map(({ id }) => id), weight: weights.embedding })
    if (vector) used = weights
    for (const candidate of [...text, ...dense]) {
      const score = blend(candidate, vector ? weights : onlyText)
      const known = best.get(candidate.id)
      if (!known || score > known.score) best.set(candidate.id, { candidate, score })
    }
  }
  return { rankings, best, weights: used }
}

function warn(warnings: SearchWarning[], warning: SearchWarning): void {
  if (!warnings.includes(warning)) warnings.push(warning)
}

async function openStores({ db, views }: SearchDeps, request: SearchRequest): Promise<Searched[]> {
  const ids = [...new Set(request.stores.map(({ id }) => id))]
  const found: Searched[] = []
  for (const id of ids) {
    const view = await views.view(request.project, id)
    if (!view || view.count === 0) continue
    const allowed = allowedFiles(view, request.filter)
    if (allowed && !allowed.includes(1)) continue
    found.push({ view, allowed, space: (await spaceOf(db, id))?.model })
  }
  return found
}

/**
 * The vectors of the queries. Empty when there is no model, when no store has its vectors, or when it is not available.
 * Then the search uses words only, and the warning says so if a model is configured.
 */
async function embedQueries(
  { embedder, vectors, log, countEmbedded }: SearchDeps,
  stores: Searched[],
  { project, queries }: Pick<SearchRequest, 'project' | 'queries'>,
  signal: AbortSignal,
): Promise<{ vectors: Float32Array[]; warning?: SearchWarning }> {
  if (!embedder || !vectors || stores.length === 0) return { vectors: [] }
  // Vectors of different models cannot be compared, so a store with vectors of another model is searched by words.
  for (const store of stores) if (store.space !== embedder.name) store.space = undefined
  const ready = stores.filter(({ space }) => space !== undefined)
  const behind = ready.length < stores.length && { warning: searchWarnings.embeddings_incomplete }
  if (ready.length === 0) return { vectors: [], ...behind }
  try {
    let amount = 0
    const embedded = await embedder.embed([...queries], 'query', signal, (used) => (amount += used))
    countEmbedded?.(project, amount)
    return { vectors: embedded, ...behind }
  } catch (error) {
    signal.throwIfAborted()
    logFailure(log, 'query_not_embedded', error, { model: embedder.name })
    return { vectors: [], warning: searchWarnings.embedding_unavailable }
  }
}

/** An open circuit is not logged here, because it is logged once when it opens. */
function logFailure(log: Log, fact: string, error: unknown, more: Record<string, unknown>): void {
  if (!(error instanceof CircuitOpen)) log('warn', fact, { ...more, ...describeError(error) })
}

interface Weights {
  text: number
  embedding: number
}

const onlyText: Weights = { text: 1, embedding: 0 }
/** As good as any other weights on the measured collections (docs/decisions/0004-search.md). */
const evenly: Weights = { text: 1, embedding: 1 }

function weigh(given: SearchRequest['weights']): Weights {
  const { text, embedding } = given ?? evenly
  return text > 0 || embedding > 0 ? { text, embedding } : evenly
}

function blend({ body, name, dense }: Candidate, weights: Weights): number {
  const text = Math.min(body + name, 1)
  if (dense === null) return text
  return (weights.text * text + weights.embedding * dense) / (weights.text + weights.embedding)
}

/** Undefined when the reranker is not available. Then the order does not change. */
async function rerank(
  { log }: SearchDeps,
  reranker: Reranker,
  query: string,
  results: ChunkResult[],
  signal: AbortSignal,
): Promise<ChunkResult[] | undefined> {
  try {
    const scores = await reranker.rerank(
      query,
      results.map(({ text }) => text),
      signal,
    )
    return results
      .map((result, at) => {
        const score = Math.min(Math.max(scores[at] ?? 0, 0), 1)
        return { ...result, score, explain: { ...result.explain, rerank: score } }
      })
      .toSorted((a, b) => b.score - a.score)
  } catch (error) {
    signal.throwIfAborted()
    logFailure(log, 'not_reranked', error, { reranker: reranker.name })
    return undefined
  }
}

/** Clients expect that scores never increase along the list, so higher scores are reduced to the previous one. */
function inOrder(
  results: readonly ChunkResult[],
  calibrate: (score: number) => number = (score) => score,
): ChunkResult[] {
  let lowest = 1
  return results.map((result) => {
    lowest = Math.min(lowest, calibrate(Math.min(Math.max(result.score, 0), 1)))
    return { ...result, score: lowest }
  })
}
