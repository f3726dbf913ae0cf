import type { PageBreak } from '../contract/run-steps.ts'
import type { Reader } from '../store/database.ts'
import { readingsOf } from '../store/extractions.ts'
import { getFile } from '../store/files.ts'
import { joinParts } from './chunk.ts'
import type { ExtractedPart } from './extract/extracted.ts'
import type { ChunkResult } from './chunk-result.ts'

/**
 * The positions at which a new page begins in the text of each result that covers several pages. A citation quotes a
 * sentence, and its page is the page of that sentence. Newer chunks are stored with these positions. For older ones,
 * they are found in the text of the file, which is read once for all of its results.
 */
export async function pageBreaks(
  db: Reader,
  project: string,
  results: readonly ChunkResult[],
): Promise<PageBreak[][]> {
  const older = Map.groupBy(
    results.filter(({ page_start, page_end, page_breaks }) => page_start !== page_end && !page_breaks),
    ({ file_id }) => file_id,
  )
  const found = new Map<ChunkResult, PageBreak[]>()
  for (const [fileId, own] of older) await locate(db, { project, fileId }, own, found)
  return results.map((result) => result.page_breaks ?? found.get(result) ?? [])
}

/** The maximum number of occurrences that are checked, because a file may repeat the same line very often. */
const maxPlaces = 200

/** Looks in all readings of a file, because an older chunk may come from an earlier version of the reader. */
async function locate(
  db: Reader,
  { project, fileId }: { project: string; fileId: string },
  results: ChunkResult[],
  found: Map<ChunkResult, PageBreak[]>,
): Promise<void> {
  const file = await getFile(db, project, fileId)
  if (!file) return
  for await (const { parts } of readingsOf(db, { project, sha256: file.body.sha256 })) {
    const { text, offsets } = joinParts(parts)
    for (const result of results) {
      if (found.has(result)) continue
      const breaks = breaksIn(result, { text, parts, offsets })
      if (breaks) found.set(result, breaks)
    }
    if (results.every((result) => found.has(result))) return
  }
}

/** The text of a file, and where its parts begin in it. */
interface WholeText {
  text: string
  parts: readonly ExtractedPart[]
  offsets: Uint32Array
}

/** The position of a chunk in the text of its file. If its text occurs several times, the page decides. */
export function placeOf(
  { text, page_start }: { text: string; page_start: number | null },
  { text: whole, parts, offsets }: WholeText,
): number | undefined {
  let from = whole.indexOf(text)
  for (let place = 0; from >= 0 && place < maxPlaces; place++, from = whole.indexOf(text, from + 1)) {
    const first = offsets.findLastIndex((offset) => offset <= from)
    if ((parts[first]?.page ?? null) === page_start) return from
  }
  return undefined
}

function breaksIn(result: ChunkResult, whole: WholeText): PageBreak[] | undefined {
  const from = placeOf(result, whole)
  if (from === undefined) return undefined
  const breaks: PageBreak[] = []
  const first = whole.offsets.findLastIndex((offset) => offset <= from)
  let page = result.page_start ?? undefined
  for (let index = first + 1; (whole.offsets[index] ?? Infinity) < from + result.text.length; index++) {
    const next = whole.parts[index]?.page
    if (next === undefined || next === page) continue
    page = next
    breaks.push({ page, at: (whole.offsets[index] ?? 0) - from })
  }
  return breaks
}
