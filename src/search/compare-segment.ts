import type { Database } from '../store/database.ts'
import { chunksOfSegment, pagesOfSegment, type OutdatedSegment } from '../store/text-index/outdated-terms.ts'
import { blockOf, readBlocks } from '../store/text-index/postings.ts'
import { readEntries } from '../store/text-index/term-pages.ts'
import { isOutdated } from './analyze.ts'
import type { Prepare } from './index-file.ts'

/**
 * In how many chunks of a segment the index has other terms than the analyzer finds in their texts now. 0 for a segment that is
 * about to be made anew by this version of the analyzer, or that has changed meanwhile.
 */
export async function chunksThatDiffer(
  { db, prepare }: { db: Database; prepare: Prepare },
  segment: OutdatedSegment & { languages: string },
  signal: AbortSignal,
): Promise<number> {
  if ((JSON.parse(segment.languages) as string[]).some(isOutdated)) return 0
  const pages = await pagesOfSegment(db, segment.id)
  const chunks = await chunksOfSegment(db, segment)
  // What the texts have counts up and what the index has counts down, so what is left is what differs.
  const left = new Map<number, Map<string, number>>(chunks.map(({ id }) => [id, new Map()]))
  const add = (chunk: number, term: string, count: number) => {
    const terms = left.get(chunk)
    if (!terms) return
    const sum = (terms.get(term) ?? 0) + count
    if (sum === 0) terms.delete(term)
    else terms.set(term, sum)
  }
  for (const page of pages)
    readEntries(page, (term, postings) => readBlocks(postings, (chunk, count) => add(chunk, term, -count)))
  for (const ofFile of Map.groupBy(chunks, ({ file_id }) => file_id).values()) {
    const [first] = ofFile
    if (!first) continue
    const bytes = ofFile.reduce((sum, { text }) => sum + text.length, 0)
    const prepared = await prepare(first.filename, ofFile, { signal, rank: { bytes, awaited: false } })
    for (const [term, postings] of prepared.postings)
      readBlocks(blockOf(first.id, postings), (chunk, count) => add(chunk, term, count))
  }
  const after = await pagesOfSegment(db, segment.id)
  if (after.length !== pages.length) return 0
  return [...left.values()].filter((terms) => terms.size > 0).length
}
