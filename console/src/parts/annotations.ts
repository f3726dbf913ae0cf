import type { Annotation } from '../../../src/contract/messages.ts'

export type { Annotation }

/** Where something stands in a text, in characters (code points). */
export interface Place {
  start_index: number
  end_index: number
  /** It stands between two characters: both indexes are the same. */
  isPoint?: boolean
}

/** Cuts a text with such links into what stands between them, and the words and the index of each link. */
export const aroundAnnotations = (text: string): string[] => text.split(/\[([^[\]]*)\]\(#annotation-(\d+)\)/)

/**
 * The text of a message with a link `#annotation-N` in each of the places, N being its index. Those that overlap, or lie
 * outside of the text, are left as they are, and so are those without a place.
 */
export function textWithAnnotations(value: string, places: readonly (Place | undefined)[]): string {
  if (places.length === 0) return value
  const characters = Array.from(value)
  const inOrder = places
    .flatMap((place, index) => (place ? [{ ...place, index }] : []))
    .toSorted((one, other) => one.start_index - other.start_index)
  let text = ''
  let at = 0
  for (const { start_index, end_index, isPoint = false, index } of inOrder) {
    const isEmpty = end_index <= start_index && !isPoint
    if (start_index < at || end_index > characters.length || isEmpty) continue
    const before = characters.slice(at, start_index).join('')
    // A path is often the target of a link already.
    const isTarget = before.endsWith('](')
    text += `${before}${isTarget ? `#annotation-${index}` : `[${index + 1}](#annotation-${index})`}`
    at = end_index
  }
  return text + characters.slice(at).join('')
}
