import type { Filter } from '../contract/vector-store-search.ts'
import type { Reader } from '../store/database.ts'
import { analyzeCompounds, analyzeParts, analyzeQuery } from './analyze.ts'
import { passes } from './filter.ts'
import { matchText, type QueryTerm } from './match-text.ts'
import type { RankedChunk } from './diversify.ts'
import type { StoreView } from './store-views.ts'
import { top } from './top.ts'
import type { VectorIndex } from './vectors.ts'

/** A chunk and what it scored for one query; each part 0 to 1. */
export interface Candidate extends RankedChunk {
  id: number
  /** The chunk's own words. */
  body: number
  /** Its file's name and title. */
  name: number
  /** Null: it has no vector, or none was asked for. */
  dense: number | null
}

/** A store with the files that the filter leaves; undefined: all. */
export interface Searched {
  view: StoreView
  allowed: Uint8Array | undefined
  /** The model of its vectors, where it has any that can be asked. */
  space: string | undefined
}

/** Of each ranking. Beyond that a chunk has no say in the fusion. */
const depth = 400

/** One byte per file. */
export function allowedFiles(view: StoreView, filter: Filter | undefined): Uint8Array | undefined {
  return filter && Uint8Array.from(view.files, ({ attributes }) => (passes(attributes, filter) ? 1 : 0))
}

/** A query as the index of these stores has its words. Words that repeat count as often. */
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

/** Against the word itself: a compound is about something narrower. */
const compoundWeight = 0.25
const maxCompounds = 50

/** A query may be a whole page: its first words have to do. */
const maxWords = 1_000

/** One query: what it is in words, and as a vector where there is one. */
export interface CandidateQuery {
  stores: readonly Searched[]
  terms: readonly QueryTerm[]
  vector: Float32Array | undefined
}

/**
 * Both rankings for one query, best first. A chunk in both is one object. `missing` counts the chunks that could have
 * been found by a vector and have none.
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
