import type { Annotation } from '../contract/messages.ts'
import { readSources, type FoundSource, type ReadText } from '../tools/read-sources.ts'
import type { Sources } from '../tools/sources.ts'

export interface AnnotatedText {
  value: string
  annotations: Annotation[]
}

/**
 * The text of an answer with its annotations, as it arrives. A marker and its annotation come in one piece, because clients
 * replace the marker and need both in the same delta (as recorded).
 */
export function annotator(sources: Sources) {
  const reader = readSources(sources, 'keep')
  const annotated = ({ value, found }: ReadText): AnnotatedText => ({
    value,
    annotations: found.map(annotation),
  })
  return {
    push: (piece: string) => annotated(reader.push(piece)),
    end: () => annotated(reader.end()),
  }
}

function annotation(found: FoundSource): Annotation {
  const { text, start: start_index, end: end_index } = found
  const span = { text, start_index, end_index }
  if ('fileId' in found) return { type: 'file_path', ...span, file_path: { file_id: found.fileId } }
  const { filename: _name, ...file_citation } = found.cited
  return { type: 'file_citation', ...span, file_citation }
}
