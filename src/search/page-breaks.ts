import type { PageBreak } from '../contract/run-steps.ts'
import type { Reader } from '../store/database.ts'
import { newestExtraction } from '../store/extractions.ts'
import { getFile } from '../store/files.ts'
import type { SearchResult } from './search-chunks.ts'

/** Enough of a page's beginning to know it by. */
const knownBy = 80

/**
 * Where in the text of each result a new page begins, for results that go over more than one: a citation quotes a
 * sentence, and its page is that of the sentence. A file is read once for all of its results.
 */
export async function pageBreaks(
  db: Reader,
  project: string,
  results: readonly SearchResult[],
): Promise<PageBreak[][]> {
  const beginnings = new Map<string, Map<number, string>>()
  const found: PageBreak[][] = []
  for (const { file_id, text, page_start, page_end } of results) {
    const breaks: PageBreak[] = []
    found.push(breaks)
    if (page_start === null || page_end === null || page_start === page_end) continue
    let pages = beginnings.get(file_id)
    if (!pages) beginnings.set(file_id, (pages = await pageBeginnings(db, project, file_id)))
    for (let page = page_start + 1, from = 0; page <= page_end; page++) {
      const beginning = pages.get(page)
      const at = beginning ? text.indexOf(beginning, from) : -1
      if (at < 0) continue
      breaks.push({ page, at })
      from = at
    }
  }
  return found
}

async function pageBeginnings(db: Reader, project: string, fileId: string): Promise<Map<number, string>> {
  const pages = new Map<number, string>()
  const file = await getFile(db, project, fileId)
  const extraction = file && (await newestExtraction(db, { project, sha256: file.body.sha256 }))
  for (const { page, text } of extraction?.parts ?? []) {
    const beginning = text.trimStart().slice(0, knownBy).trimEnd()
    if (page !== undefined && !pages.has(page) && beginning !== '') pages.set(page, beginning)
  }
  return pages
}
