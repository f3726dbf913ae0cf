import type { Reader } from '../store/database.ts'
import { readBlocks } from '../store/postings.ts'
import { postingsBeginning, postingsOf } from '../store/text-index.ts'
import { idf, saturation } from './bm25.ts'
import { shortestRest } from './compounds.ts'
import { positionOf, type StoreView } from './store-views.ts'

export interface QueryTerm {
  /** What the word is in the index; more than one in a store of several languages. */
  forms: readonly string[]
  /** How often the query says it. */
  weight: number
  /** Every word that begins with one of these counts as well, and takes nothing from a text that has none. */
  beginnings?: readonly string[]
  /** Pairs of words that it may be made of, for stores where no text has the word itself. */
  parts?: readonly (readonly [string, string])[]
}

/** Of one view: what every chunk scored, 0 to 1 with both parts added. */
export interface TextScores {
  body: Float32Array
  /** Per file. */
  name: Float32Array
}

/** A name says what a whole file is about in a few words. */
const nameWeight = 2

/**
 * BM25 of the chunks' words and, per file, of its name's, over the stores together and with their numbers alone: what
 * other stores hold makes no difference. In the order of `views`.
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

/** Of both parts together: they may stand far from each other, and about something else. */
const partsWeight = 0.5

/** Counts the parts of a compound where the stores have both. */
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

/** Adds to `scores.body` what each chunk has of a term. */
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

/** Adds to `scores.name`; gives how much a name could have won by this term: nothing when no name holds it. */
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

/** The chunks of a view that hold a term. Those of the index that are not in the view have gone, or come later. */
async function readTerm(db: Reader, view: StoreView, term: QueryTerm): Promise<Postings> {
  const { forms, beginnings = [] } = term
  const blocks = (
    await Promise.all([
      ...forms.map((form) => postingsOf(db, view.storeId, form)),
      ...beginnings.map((beginning) => postingsBeginning(db, view.storeId, beginning, shortestRest)),
    ])
  ).flat()
  // A posting takes two bytes at least.
  const room = sum(blocks, (postings) => postings.length >> 1)
  const positions = new Uint32Array(room)
  const counts = new Uint32Array(room)
  let length = 0
  const { ids, count } = view
  let [lastId, lastPosition] = [0, -1]
  for (const postings of blocks) {
    readBlocks(postings, (id, times) => {
      // Ids without gaps lie as far apart as their positions.
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
