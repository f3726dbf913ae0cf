import type { Filter } from '../contract/vector-store-search.ts'
import type { Reader } from '../store/database.ts'
import { analyzeCompounds, analyzeParts, analyzeQuery } from './analyze.ts'
import { passes } from './filter.ts'
import { matchText, type QueryTerm } from './match-text.ts'
import type { RankedChunk } from './diversify.ts'
import type { StoreView } from './store-views.ts'
import { top } from './top.ts'
import type { VectorIndex } from './vectors.ts'

/** A chunk and its scores for one query. Each score is between 0 and 1. */
export interface Candidate extends RankedChunk {
  id: number
  /** The score of the chunk's own words. */
  body: number
  /** The score of the name and title of its file. */
  name: number
  /** The score of its vector. Null when the chunk has no vector or none was requested. */
  dense: number | null
}

/** A store and the files in it that pass the filter, with one byte per file. Undefined when all files pass. */
export interface Searched {
  view: StoreView
  allowed: Uint8Array | undefined
  /** The model of its vectors. Undefined when its vectors cannot be used for this search. */
  space: string | undefined
}

/** The maximum length of each ranking. A chunk further down would hardly change the result of the fusion. */
const depth = 400

/** One byte for each file of the view: 1 when it passes the filter, otherwise 0. */
export function allowedFiles(view: StoreView, filter: Filter | undefined): Uint8Array | undefined {
  return filter && Uint8Array.from(view.files, ({ attributes }) => (passes(attributes, filter) ? 1 : 0))
}

/** The terms of a query as they are in the index of these stores. A word that occurs twice counts twice. */
export function queryTerms(query: string, stores: readonly Searched[]): QueryTerm[] {
  const analyzers = [...new Set(stores.flatMap(({ view }) => view.analyzers))]
  const terms = new Map<string, QueryTerm>()
  for (const forms of analyzeQuery(query, analyzers).slice(0, maxWords)) {
    const key = forms.join(' ')
    terms.set(key, { ...terms.get(key), forms, weight: (terms.get(key)?.weight ?? 0) + 1 })
  }
  for (const { forms, parts } of analyzeParts(query, analyzers).slice(0, maxCompounds)) {
    const term = terms.get(forms.join(' '))
    if (term) term.parts = parts
  }
  for (const beginnings of analyzeCompounds(query, analyzers).slice(0, maxCompounds)) {
    terms.set(`${beginnings.join(' ')}*`, { forms: [], beginnings, weight: compoundWeight })
  }
  return [...terms.values()]
}

/** The weight relative to the word itself. It is low because a compound has a narrower meaning. */
const compoundWeight = 0.25
const maxCompounds = 50

/** The number of words of a query that are used. A query may be a whole page, and its first words are enough. */
const maxWords = 1_000

/** One query as terms, and as a vector if there is one. */
export interface CandidateQuery {
  stores: readonly Searched[]
  terms: readonly QueryTerm[]
  vector: Float32Array | undefined
}

/**
 * Both rankings for one query, best first. A chunk that is in both is the same object in both. `missing` is the number
 * of chunks that have no vector yet, so that the ranking by vectors could not find them.
 */
export async function findChunkCandidates(
  { db, vectors }: { db: Reader; vectors?: VectorIndex },
  { stores, terms, vector }: CandidateQuery,
  signal: AbortSignal,
): Promise<{ text: Candidate[]; dense: Candidate[]; missing: number }> {
  const scores = await matchText(
    db,
    stores.map(({ view }) => view),
    terms,
  )
  const found = new Map<number, Candidate>()
  const candidate = (at: number, position: number): Candidate => {
    const view = stores[at]?.view
    const id = view?.ids[position] ?? 0
    let known = found.get(id)
    if (!known && view) {
      const body = scores[at]?.body[position] ?? 0
      const name = scores[at]?.name[view.fileOf[position] ?? 0] ?? 0
      found.set(id, (known = { view, position, id, body, name, dense: null }))
    }
    if (!known) throw new Error('a candidate of no store')
    return known
  }

  const text = stores.flatMap(({ view, allowed }, at) => {
    const { body, name } = scores[at] ?? { body: new Float32Array(), name: new Float32Array() }
    const valueAt = (position: number) => {
      const file = view.fileOf[position] ?? 0
      return allowed?.[file] === 0 ? 0 : (body[position] ?? 0) + (name[file] ?? 0)
    }
    return top(view.count, valueAt, depth).map((position) => candidate(at, position))
  })
  text.sort((a, b) => b.body + b.name - (a.body + a.name))
  text.splice(depth)
  if (!vectors || !vector) return { text, dense: [], missing: 0 }

  const dense: Candidate[] = []
  let missing = 0
  for (const [at, { view, allowed, space }] of stores.entries()) {
    if (space === undefined) continue
    const own = text.filter((one) => one.view === view)
    const answer = await vectors.search(
      { view, model: space, vector, allowed, limit: depth, also: own.map(({ position }) => position) },
      signal,
    )
    missing += answer.missing
    for (const [index, { dense: value }] of answer.also.entries()) {
      const one = own[index]
      if (one) one.dense = value
    }
    for (const { position, dense: value } of answer.best) {
      const one = candidate(at, position)
      one.dense = value
      dense.push(one)
    }
  }
  dense.sort((a, b) => (b.dense ?? 0) - (a.dense ?? 0))
  dense.splice(depth)
  return { text, dense, missing }
}
