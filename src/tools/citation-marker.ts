import type { Annotation } from '../contract/messages.ts'

/** A citation marker in a text. A model writes it to say on which search result a statement is based. */
export interface FoundMarker {
  index: number
  /** The whole marker: `【0:2†report.pdf】`. */
  text: string
  /** The index of the search in the run and of the result in that search, both counted from 0. */
  search: number
  result: number
  /** The file name that the model has written. */
  name: string
}

const pattern = /【(\d{1,6}):(\d{1,6})†([^【】]{0,300})】/g
/** In UTF-16 units. A longer text without an end is not a marker. */
const maxLength = 320

/** The marker of one result of one search of a message; both count from 0. */
export const citationMarker = (search: number, result: number, name: string) =>
  `【${search}:${result}†${name}】`

/** The same marker with another file name. */
export const renamedMarker = ({ text }: Pick<FoundMarker, 'text'>, name: string) =>
  `${text.slice(0, text.indexOf('†') + 1)}${name}】`

/** All markers of a text, in order. */
export function markersIn(text: string): FoundMarker[] {
  // Nearly all pieces of an answer contain no marker, so this saves the search.
  if (!text.includes('【')) return []
  return Array.from(text.matchAll(pattern), (found) => {
    const [whole, search, result, name = ''] = found
    return { index: found.index, text: whole, search: Number(search), result: Number(result), name }
  })
}

/** How many UTF-16 units at the end of a text may be the beginning of a marker. */
export function unfinishedMarker(text: string): number {
  const start = text.lastIndexOf('【')
  const rest = start < 0 ? '' : text.slice(start)
  return rest === '' || rest.includes('】') || rest.length > maxLength ? 0 : rest.length
}

/** The text without anything that has the form of a marker. */
export const withoutMarkers = (text: string) => text.replaceAll(pattern, '')

/**
 * The text of a message without its citation markers. In another run they refer to nothing, and models copy markers
 * that they see.
 */
export const withoutCitations = (text: string, annotations: readonly Annotation[]) =>
  annotations.reduce(
    (rest, note) => (note.type === 'file_citation' ? rest.replace(note.text, '') : rest),
    text,
  )
