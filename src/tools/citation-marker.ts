import type { Annotation } from '../contract/messages.ts'

/** A marker in a text: the sign by which a model says which result of a search a statement rests on. */
export interface FoundMarker {
  index: number
  /** The whole of it: `【0:2†report.pdf】`. */
  text: string
  /** The `result`-th result of the run's `search`-th search, both counted from 0. */
  search: number
  result: number
  /** What the model wrote as the name of the file. */
  name: string
}

const pattern = /【(\d{1,6}):(\d{1,6})†([^【】]{0,300})】/g
/** In UTF-16 units. What is longer and has no end yet is no marker. */
const maxLength = 320

export const citationMarker = (search: number, result: number, name: string) =>
  `【${search}:${result}†${name}】`

/** The same marker with another name of the file. */
export const renamedMarker = ({ text }: Pick<FoundMarker, 'text'>, name: string) =>
  `${text.slice(0, text.indexOf('†') + 1)}${name}】`

/** All markers of a text, in order. */
export function markersIn(text: string): FoundMarker[] {
  // Nearly every piece of an answer has none.
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

export const withoutMarkers = (text: string) => text.replaceAll(pattern, '')

/** A message's text without what its annotations cite: in another run the markers name nothing, and models copy what they see. */
export const withoutCitations = (text: string, annotations: readonly Annotation[]) =>
  annotations.reduce(
    (rest, note) => (note.type === 'file_citation' ? rest.replace(note.text, '') : rest),
    text,
  )
