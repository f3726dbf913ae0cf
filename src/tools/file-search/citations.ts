import { shownName } from '../../contract/name-in-text.ts'
import type { FileSearchResult, PageBreak } from '../../contract/run-steps.ts'
import type { Sources } from '../sources.ts'

/** The part of the passages that supports what was said: its text, and the passage and place where it begins. */
export type QuoteFor = (
  passages: readonly string[],
  said: string,
) => { text: string; passage: number; start: number }

/**
 * Finds what a marker cites, with the sentence that supports what the model has just said. A marker whose name is that
 * of another file than its numbers lead to could be either, and cites nothing. `searches` are the results of the run's
 * searches, in order; more may come.
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
 * The text of a result, cut where a page begins with the beginning of a sentence: the last line above may be a header or a
 * line of a table, and would be taken for the beginning of it. `at` is where a piece stands in the text.
 */
function piecesOf(of: FileSearchResult): { of: FileSearchResult; at: number; text: string }[] {
  const text = (of.content ?? []).map((part) => part.text).join('\n')
  const begins = ({ at }: PageBreak) => !/^\s*\p{Ll}/u.test(text.slice(at, at + 20))
  const starts = [0, ...(of.page_breaks ?? []).filter(begins).map(({ at }) => at)]
  return starts.map((at, index) => ({ of, at, text: text.slice(at, starts[index + 1]) }))
}

/** The pages that the quote stands on; those of the whole passage where it is not known where they begin. */
function pagesOf({ page_start, page_end, page_breaks = [] }: FileSearchResult, at: number, length: number) {
  if (page_start === undefined || page_end === undefined) return {}
  if (page_breaks.length === 0) return { page_start, page_end }
  const pageAt = (place: number) => page_breaks.findLast((one) => one.at <= place)?.page ?? page_start
  return { page_start: pageAt(at), page_end: pageAt(at + Math.max(0, length - 1)) }
}

/**
 * Models shorten names, leave out the ending, add a page, or write "source" as the original's did: that is no lie. `own`
 * is the name of the file that the numbers lead to, `all` are those of all files that the run has found.
 */
function contradicts(given: string, own: string, all: ReadonlySet<string>): boolean {
  if (given === stem(own) || isNamed(own, given)) return false
  for (const other of all) if (other !== own && (given === stem(other) || isNamed(other, given))) return true
  const [head = '', ...rest] = given.split(/…|\.\.\./)
  if (rest.length > 0) return !(own.startsWith(head) && own.endsWith(rest.at(-1) ?? ''))
  // What does not look like the name of a file is none.
  const ending = fileEnding.exec(given)
  if (!ending) return false
  const bare = given.slice(0, ending.index + ending[0].length)
  const isShortened = own.endsWith(bare) && !/[\p{L}\p{N}]$/u.test(own.slice(0, -bare.length))
  const hasGainedEnding = stem(own) === own && stem(bare) === own
  return !isShortened && !hasGainedEnding
}

/** Whether the whole name stands in what was given, and not as the end or the beginning of another one. */
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
/** A name without an ending is a word like others, unless nothing but a place follows. */
const nameEnd = /^(?:$| ?[,;:#()[\]|"']| (?:p|pp|pages?|lines?|sections?|chapter)\b)/
/** One letter is an ending after a word, and part of an abbreviation after another letter. */
const fileEnding = /(?:[^\s.]\.[a-z][a-z0-9]{1,9}|\p{L}{2}\p{N}*\.[a-z])(?=$|[\s#,;:)])/u
const stem = (name: string) => name.replace(/(?<=.)\.[a-z0-9]{1,10}$/, '')
const plainName = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
