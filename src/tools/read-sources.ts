import {
  markersIn,
  renamedMarker,
  unfinishedMarker,
  withoutMarkers,
  type FoundMarker,
} from './citation-marker.ts'
import { fileLinks, pathStarts } from './file-links.ts'
import type { Citation, Sources } from './sources.ts'
import { TextChanges } from './text-changes.ts'

/** A citation marker or the path of a file in a text, and what it leads to. */
export type FoundSource = Span & ({ cited: Citation } | { fileId: string; path: string })

/** Where something stands. Indexes count code points, as the original's server did. */
interface Span {
  /** What stands there. Empty for a marker that was left out. */
  text: string
  start: number
  end: number
}

export interface ReadText {
  value: string
  found: FoundSource[]
}

const sentenceLength = 500

/**
 * Finds citation markers and file paths in text that arrives in pieces. Each one is passed on whole, in one piece with what it
 * leads to. A path that leads to no file stays in the text. A marker that leads to no result is removed, because it would be
 * a false citation. With `leaveOut` the others are removed as well, and the spaces before them.
 */
export function readSources({ citation, ...paths }: Sources, markers: 'keep' | 'leaveOut') {
  const links = fileLinks(paths)
  let held = ''
  /** The number of code points passed on so far. */
  let length = 0
  /** The end of the text passed on so far. A citation is chosen by the text before it. */
  let before = ''
  /** Spaces before markers that were left out. They are needed only where a word follows. */
  let spaces = ''
  const changes = new TextChanges()

  function give(text: string): ReadText {
    const found: FoundSource[] = []
    let value = ''
    let from = 0
    const add = (part: string) => {
      value += part
      length += characters(part)
    }
    const keep = (to: number) => {
      const part = text.slice(from, to)
      from = to
      if (part === '') return
      const back = /^[\p{L}\p{N}]/u.test(part) ? spaces : ''
      changes.add(length, back.length)
      add(back + part)
      spaces = ''
    }
    const path = (start: number) => {
      const link = links.at(text, start, before.slice(-3) + value.slice(-3))
      if (!link) return
      const at = length
      keep(start + link.length)
      const span = { text: text.slice(start, start + link.length), start: at, end: length }
      found.push({ ...span, fileId: link.fileId, path: link.path })
    }
    const leaveSpaces = () => {
      const end = blankEnd(value)
      if (end === '') return
      spaces = end
      value = value.slice(0, -end.length)
      length -= end.length
      changes.add(length, -end.length)
    }
    const mark = (marker: FoundMarker) => {
      from += marker.text.length
      const { search, result, name } = marker
      const said = withoutMarkers(before + value).slice(-sentenceLength)
      const cited = citation?.({ search, result, name, before: said })
      if (markers === 'leaveOut') leaveSpaces()
      const shown = cited && markers === 'keep' ? renamedMarker(marker, cited.filename) : ''
      changes.add(length, characters(shown) - characters(marker.text))
      if (!cited) return
      const start = length
      add(shown)
      found.push({ text: shown, start, end: length, cited })
    }
    for (const one of inOrder(text)) {
      const index = typeof one === 'number' ? one : one.index
      // This is inside a path that was already found.
      if (index < from) continue
      keep(index)
      if (typeof one === 'number') path(one)
      else mark(one)
    }
    keep(text.length)
    before = (before + value).slice(-2 * sentenceLength)
    return { value, found }
  }

  /** The positions where paths begin, and the markers, in the order of the text. */
  function inOrder(text: string): (number | FoundMarker)[] {
    const starts = pathStarts(text)
    const found = citation ? markersIn(text) : []
    if (found.length === 0) return starts
    return [...starts, ...found].toSorted(
      (a, b) => (typeof a === 'number' ? a : a.index) - (typeof b === 'number' ? b : b.index),
    )
  }

  /** How much of the end of a text may belong to what has not arrived yet. */
  function unfinished(text: string): number {
    if (!citation) return links.unfinished(text)
    const marker = unfinishedMarker(text)
    const end = markers === 'leaveOut' ? blankEnd(text.slice(0, text.length - marker)) : ''
    return Math.max(links.unfinished(text), marker + end.length)
  }

  return {
    push(piece: string): ReadText {
      const text = held + piece
      const cut = text.length - unfinished(text)
      held = text.slice(cut)
      return give(text.slice(0, cut))
    },
    end(): ReadText {
      const rest = held
      held = ''
      return give(rest)
    },
    /** Where something stands in what is passed on that stood at this place of the text as it came. */
    placeOf: (index: number): number => changes.placeOf(index),
  }
}

/** The spaces at the end of a text. An expression would try each of them as the beginning, and models write many. */
function blankEnd(text: string): string {
  let from = text.length
  while (text[from - 1] === ' ' || text[from - 1] === '\t') from--
  return text.slice(from)
}

const characters = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}
