import { shownName } from '../../contract/name-in-text.ts'
import type { FileSearchResult, PageBreak } from '../../contract/run-steps.ts'
import type { Sources } from '../sources.ts'

/**
 * Finds the part of the passages that supports a statement. Returns its text, and the passage and position where it
 * begins.
 */
export type QuoteFor = (
  passages: readonly string[],
  said: string,
) => { text: string; passage: number; start: number }

/**
 * Finds what a marker cites, with the sentence that supports the text before the marker. When the name in a marker is
 * that of another file than its numbers lead to, either may be meant, so the marker cites nothing. `searches` are the
 * results of the run's searches, in order; more may be added.
 */
export function citations(
  searches: readonly FileSearchResult[][],
  quoteFor: QuoteFor,
): NonNullable<Sources['citation']> {
  return ({ search, result, name, before }) => {
    const results = searches[search] ?? []
    const found = results[result]
    if (!found) return undefined
    const names = new Set(searches.flat().map(({ file_name }) => plainName(shownName(file_name))))
    if (contradicts(plainName(name), plainName(shownName(found.file_name)), names)) return undefined
    const shown = [found, ...(found.joined ?? []).flatMap((place) => results[place] ?? [])]
    const pieces = shown.flatMap(piecesOf)
    const { text, passage, start } = quoteFor(
      pieces.map((piece) => piece.text),
      before,
    )
    const { of = found, at = 0 } = pieces[passage] ?? {}
    return {
      file_id: found.file_id,
      filename: shownName(found.file_name),
      quote: text,
      ...pagesOf(of, at + start, text.length),
    }
  }
}

/**
 * Splits the text of a result where a page begins with the beginning of a sentence. The line above may be a page header
 * or a row of a table, and would be taken for the beginning of the sentence. `at` is the position of a piece in the
 * text.
 */
function piecesOf(of: FileSearchResult): { of: FileSearchResult; at: number; text: string }[] {
  const text = (of.content ?? []).map((part) => part.text).join('\n')
  const begins = ({ at }: PageBreak) => !/^\s*\p{Ll}/u.test(text.slice(at, at + 20))
  const starts = [0, ...(of.page_breaks ?? []).filter(begins).map(({ at }) => at)]
  return starts.map((at, index) => ({ of, at, text: text.slice(at, starts[index + 1]) }))
}

/** The pages of the quote, or those of the whole passage when it is not known where its pages begin. */
function pagesOf({ page_start, page_end, page_breaks = [] }: FileSearchResult, at: number, length: number) {
  if (page_start === undefined || page_end === undefined) return {}
  if (page_breaks.length === 0) return { page_start, page_end }
  const pageAt = (place: number) => page_breaks.findLast((one) => one.at <= place)?.page ?? page_start
  return { page_start: pageAt(at), page_end: pageAt(at + Math.max(0, length - 1)) }
}

/**
 * True when the name in a marker contradicts its numbers. Models shorten names, leave out the extension, add a page, or
 * write "source" as the original's models did. None of these is a contradiction. `own` is the name of the file that the
 * numbers lead to, and `all` are the names of all files that the run has found.
 */
function contradicts(given: string, own: string, all: ReadonlySet<string>): boolean {
  if (given === stem(own) || isNamed(own, given)) return false
  for (const other of all) if (other !== own && (given === stem(other) || isNamed(other, given))) return true
  const [head = '', ...rest] = given.split(/…|\.\.\./)
  if (rest.length > 0) return !(own.startsWith(head) && own.endsWith(rest.at(-1) ?? ''))
  // Text that does not look like a file name is not a name.
  const ending = fileEnding.exec(given)
  if (!ending) return false
  const bare = given.slice(0, ending.index + ending[0].length)
  const isShortened = own.endsWith(bare) && !/[\p{L}\p{N}]$/u.test(own.slice(0, -bare.length))
  const hasGainedEnding = stem(own) === own && stem(bare) === own
  return !isShortened && !hasGainedEnding
}

/** True when the text contains the whole name, and not only as the end or the beginning of another name. */
function isNamed(file: string, given: string): boolean {
  if (file === '') return given === ''
  const end = stem(file) === file ? nameEnd : fileNameEnd
  for (let at = given.indexOf(file); at >= 0; at = given.indexOf(file, at + 1)) {
    if (nameBegin.test(given.slice(0, at)) && end.test(given.slice(at + file.length))) return true
  }
  return false
}

const nameBegin = /(?:^|[:/\\("'[,;|] ?|\b(?:of|in|from|see|file|source|document) )$/
const fileNameEnd = /^(?:$|[^\p{L}\p{N}.]|\.(?:$|\s))/u
/** A name without an extension may be an ordinary word, so only a page or a similar place may follow it. */
const nameEnd = /^(?:$| ?[,;:#()[\]|"']| (?:p|pp|pages?|lines?|sections?|chapter)\b)/
/** A single letter is an extension after a word. After another letter it is part of an abbreviation. */
const fileEnding = /(?:[^\s.]\.[a-z][a-z0-9]{1,9}|\p{L}{2}\p{N}*\.[a-z])(?=$|[\s#,;:)])/u
const stem = (name: string) => name.replace(/(?<=.)\.[a-z0-9]{1,10}$/, '')
const plainName = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
