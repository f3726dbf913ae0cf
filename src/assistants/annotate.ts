import type { Annotation } from '../contract/messages.ts'
import {
  markersIn,
  renamedMarker,
  unfinishedMarker,
  withoutMarkers,
  type FoundMarker,
} from '../tools/citation-marker.ts'
import { fileLinks, pathStarts } from '../tools/file-links.ts'
import type { Sources } from '../tools/sources.ts'

export interface AnnotatedText {
  value: string
  annotations: Annotation[]
}

const sentenceLength = 500

/**
 * Finds citation markers and file paths in text that arrives in pieces. Each one is passed on whole, in one piece with
 * its annotation, because clients replace the marker and need both in the same delta (as recorded). A path that leads
 * to no file stays in the text. A marker that leads to no result is removed, because it would be a false citation.
 */
export function annotator({ citation, ...paths }: Sources) {
  const links = fileLinks(paths)
  let held = ''
  /**
   * The number of code points passed on so far. Indexes of annotations count code points, as the original's server did.
   */
  let length = 0
  /** The end of the text passed on so far. A citation is chosen by the text before it. */
  let before = ''

  function give(text: string): AnnotatedText {
    const annotations: Annotation[] = []
    let value = ''
    let from = 0
    const keep = (to: number) => {
      const part = text.slice(from, to)
      value += part
      length += characters(part)
      from = to
    }
    const path = (start: number) => {
      const link = links.at(text, start, before.slice(-3) + value.slice(-3))
      if (!link) return
      const { length: units, fileId } = link
      const start_index = length
      keep(start + units)
      const noted = { text: text.slice(start, start + units), start_index, end_index: length }
      annotations.push({ type: 'file_path', ...noted, file_path: { file_id: fileId } })
    }
    const mark = (found: FoundMarker) => {
      from += found.text.length
      const { search, result, name } = found
      const said = withoutMarkers(before + value).slice(-sentenceLength)
      const cited = citation?.({ search, result, name, before: said })
      if (!cited) return
      const { filename, ...file_citation } = cited
      const shown = renamedMarker(found, filename)
      const start_index = length
      value += shown
      length += characters(shown)
      annotations.push({ type: 'file_citation', text: shown, start_index, end_index: length, file_citation })
    }
    for (const found of inOrder(text)) {
      const index = typeof found === 'number' ? found : found.index
      // This is inside a path that was already found.
      if (index < from) continue
      keep(index)
      if (typeof found === 'number') path(found)
      else mark(found)
    }
    keep(text.length)
    before = (before + value).slice(-2 * sentenceLength)
    return { value, annotations }
  }

  /** The positions where paths begin, and the markers, in the order of the text. */
  function inOrder(text: string): (number | FoundMarker)[] {
    const paths = pathStarts(text)
    const markers = citation ? markersIn(text) : []
    if (markers.length === 0) return paths
    return [...paths, ...markers].toSorted(
      (a, b) => (typeof a === 'number' ? a : a.index) - (typeof b === 'number' ? b : b.index),
    )
  }

  return {
    push(piece: string): AnnotatedText {
      const text = held + piece
      const cut = text.length - Math.max(links.unfinished(text), citation ? unfinishedMarker(text) : 0)
      held = text.slice(cut)
      return give(text.slice(0, cut))
    },
    end(): AnnotatedText {
      const rest = held
      held = ''
      return give(rest)
    },
  }
}

const characters = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}
