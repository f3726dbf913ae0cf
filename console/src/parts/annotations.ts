import type { Annotation } from '../../../src/contract/messages.ts'

export type { Annotation }

/** Cuts a text with such links into what stands between them, and the words and the index of each link. */
export const aroundAnnotations = (text: string): string[] => text.split(/\[([^[\]]*)\]\(#annotation-(\d+)\)/)

/**
 * The text of a message with a link `#annotation-N` in the place of each annotation, N being its index. The indexes of
 * annotations count characters (code points). Those that overlap, or lie outside of the text, are left as they are.
 */
export function textWithAnnotations(value: string, annotations: readonly Annotation[]): string {
  if (annotations.length === 0) return value
  const characters = Array.from(value)
  const inOrder = annotations
    .map((annotation, index) => ({ ...annotation, index }))
    .toSorted((one, other) => one.start_index - other.start_index)
  let text = ''
  let at = 0
  for (const { start_index, end_index, index } of inOrder) {
    if (start_index < at || end_index > characters.length || end_index <= start_index) continue
    const before = characters.slice(at, start_index).join('')
    // A path is often the target of a link already.
    const isTarget = before.endsWith('](')
    text += `${before}${isTarget ? `#annotation-${index}` : `[${index + 1}](#annotation-${index})`}`
    at = end_index
  }
  return text + characters.slice(at).join('')
}
