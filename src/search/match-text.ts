import type { Reader } from '../store/database.ts'
import { readBlocks } from '../store/text-index/postings.ts'
import { postingsBeginning, postingsOf } from '../store/text-index/text-index.ts'
import { idf, saturation } from './bm25.ts'
import { shortestRest } from './compounds.ts'
import { positionOf, type StoreView } from './store-views.ts'

export interface QueryTerm {
  /** The forms of the word in the index. A store with several languages may have more than one. */
  forms: readonly string[]
  /** How often the word occurs in the query. */
  weight: number
  /** Every word with one of these prefixes is also found. Texts without such a word do not lose score. */
  beginnings?: readonly string[]
  /** Pairs of words into which the word can be split, for stores in which no text contains the word itself. */
  parts?: readonly (readonly [string, string])[]
}

/** The scores of all chunks of one view. The sum of both scores is between 0 and 1. */
export interface TextScores {
  body: Float32Array
  /** One score for each file. */
  name: Float32Array
}

/** The weight of names. They say in a few words what a whole file is about. */
const nameWeight = 2

/**
 * The BM25 scores of the chunks' words and of the files' names, in the order of `views`. Statistics are taken over
 * these stores together, so that the content of other stores has no influence.
 */
export async function matchText(
  db: Reader,
  views: readonly StoreView[],
  terms: readonly QueryTerm[],
): Promise<TextScores[]> {
  const chunks = sum(views, (view) => view.count)
  const averageLength = sum(views, (view) => view.totalLength) / chunks || 1
  const scores = views.map((view) => ({
    body: new Float32Array(view.count),
    name: new Float32Array(view.files.length),
  }))
  let highest = 0
  for (const term of terms) {
    const found = await Promise.all(views.map((view) => readTerm(db, view, term)))
    const holding = sum(found, (postings) => postings.length)
    const value = term.weight * idf(Math.min(holding, chunks), chunks)
    if (!term.beginnings) highest += value
    add(views, scores, found, { value, averageLength })
    if (holding === 0 && term.parts)
      await addParts(db, views, scores, { ...term, parts: term.parts, averageLength })
    if (!term.beginnings) highest += nameWeight * matchNames(views, scores, term)
  }
  for (const { body, name } of scores) {
    divide(body, highest)
    divide(name, highest)
  }
  return scores
}

/**
 * The weight of both parts together. It is low because the parts may be far from each other and about something else.
 */
const partsWeight = 0.5

/** Adds the score of the parts of a compound, when the stores contain both parts. */
async function addParts(
  db: Reader,
  views: readonly StoreView[],
  scores: readonly TextScores[],
  { parts, weight, averageLength }: Required<Pick<QueryTerm, 'parts' | 'weight'>> & { averageLength: number },
): Promise<void> {
  const chunks = sum(views, (view) => view.count)
  const read = (form: string) =>
    Promise.all(views.map((view) => readTerm(db, view, { forms: [form], weight: 1 })))
  const held = (found: readonly Postings[]) => sum(found, (postings) => postings.length)
  for (const [head, tail] of parts) {
    const tails = await read(tail)
    if (held(tails) === 0) continue
    const heads = await read(head)
    if (held(heads) === 0) continue
    for (const found of [heads, tails]) {
      const value = (weight * partsWeight * idf(Math.min(held(found), chunks), chunks)) / 2
      add(views, scores, found, { value, averageLength })
    }
  }
}

/** Adds the score of a term to `scores.body`. */
function add(
  views: readonly StoreView[],
  scores: readonly TextScores[],
  found: readonly Postings[],
  { value, averageLength }: { value: number; averageLength: number },
): void {
  for (const [at, postings] of found.entries()) {
    const body = scores[at]?.body ?? new Float32Array()
    const lengths = views[at]?.lengths ?? new Uint32Array()
    for (let index = 0; index < postings.length; index++) {
      const position = postings.positions[index] ?? 0
      const part = saturation(postings.counts[index] ?? 0, lengths[position] ?? 0, averageLength)
      body[position] = (body[position] ?? 0) + value * part
    }
  }
}

/**
 * Adds to `scores.name`. Returns the maximum score that a name can get for this term, or 0 when no name contains it.
 */
function matchNames(views: readonly StoreView[], scores: readonly TextScores[], term: QueryTerm): number {
  const files = sum(views, (view) => view.files.length)
  const averageLength = sum(views, (view) => view.names.totalLength) / files || 1
  const found = views.map(({ names }) => {
    const counts = new Map<number, number>()
    for (const form of term.forms) {
      for (const place of names.places.get(form) ?? []) counts.set(place, (counts.get(place) ?? 0) + 1)
    }
    return counts
  })
  const holding = sum(found, (counts) => counts.size)
  if (holding === 0) return 0
  const value = term.weight * idf(holding, files)
  for (const [at, counts] of found.entries()) {
    const [name, lengths] = [scores[at]?.name, views[at]?.names.lengths]
    if (!name || !lengths) continue
    for (const [place, count] of counts) {
      const part = saturation(count, lengths[place] ?? 0, averageLength)
      name[place] = (name[place] ?? 0) + nameWeight * value * part
    }
  }
  return value
}

interface Postings {
  positions: Uint32Array
  counts: Uint32Array
  length: number
}

/**
 * The chunks of a view that contain a term. Chunks that are only in the index were deleted or added since the view was
 * made.
 */
async function readTerm(db: Reader, view: StoreView, term: QueryTerm): Promise<Postings> {
  const { forms, beginnings = [] } = term
  const blocks = (
    await Promise.all([
      ...forms.map((form) => postingsOf(db, view.storeId, form)),
      ...beginnings.map((beginning) => postingsBeginning(db, view.storeId, beginning, shortestRest)),
    ])
  ).flat()
  // Each posting has at least two bytes.
  const room = sum(blocks, (postings) => postings.length >> 1)
  const positions = new Uint32Array(room)
  const counts = new Uint32Array(room)
  let length = 0
  const { ids, count } = view
  let [lastId, lastPosition] = [0, -1]
  for (const postings of blocks) {
    readBlocks(postings, (id, times) => {
      // When there are no gaps between ids, positions differ as much as ids do.
      let position = lastPosition + (id - lastId)
      if (position < 0 || position >= count || ids[position] !== id) position = positionOf(view, id)
      if (position < 0) return
      lastId = id
      lastPosition = position
      positions[length] = position
      counts[length++] = times
    })
  }
  return { positions, counts, length }
}

function divide(values: Float32Array, by: number): void {
  if (by <= 0) return
  for (let at = 0; at < values.length; at++) values[at] = Math.min((values[at] ?? 0) / by, 1)
}

const sum = <T>(list: readonly T[], of: (one: T) => number) => list.reduce((total, one) => total + of(one), 0)
