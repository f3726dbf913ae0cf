import type { Annotation, FileCitation } from '../contract/messages.ts'
import { fileLinks, pathStarts } from './file-links.ts'

export interface AnnotatedText {
  value: string
  annotations: Annotation[]
}

/** What the markers of a message lead to. */
export interface Sources {
  /** The File behind a path of the sandbox. */
  fileAt: (path: string) => string | undefined
  /** Whether the path of a file of the sandbox begins with this, or is it. */
  beginsFile: (beginning: string) => boolean
  /** What a marker cites. Undefined where the run cannot search, and then no marker is looked for. */
  citation?: (marker: Marker) => Citation | undefined
}

export interface Marker {
  /** The m-th result of the run's n-th search. */
  search: number
  result: number
  /** What the model wrote as the name of the file. */
  name: string
  /** The end of the text that the marker stands after, without other markers. */
  before: string
}

export type Citation = FileCitation['file_citation'] & { filename: string }

const marker = /【(\d{1,6}):(\d{1,6})†([^【】]{0,300})】/g
const longestMarker = 320
const sentenceLength = 500

/**
 * Finds the markers in text that arrives in pieces, and gives each of them out whole, together with its annotation:
 * clients replace markers and need both in one delta (as recorded). A path that names no file stays text; a
 * citation that names no result is taken out, because it would be a false one.
 */
export function annotator({ citation, ...paths }: Sources) {
  const links = fileLinks(paths)
  let held = ''
  /** Characters (code points) given out so far: indexes count them, as the original's server did. */
  let length = 0
  /** The end of what was given out, for the citation that comes next. */
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
    const mark = ([whole, search, result, name = '']: RegExpExecArray) => {
      from += whole.length
      const cited = citation?.({
        search: Number(search),
        result: Number(result),
        name,
        before: (before + value).replaceAll(marker, '').slice(-sentenceLength),
      })
      if (!cited) return
      const { filename, ...file_citation } = cited
      const shown = `【${search}:${result}†${filename}】`
      const start_index = length
      value += shown
      length += characters(shown)
      annotations.push({ type: 'file_citation', text: shown, start_index, end_index: length, file_citation })
    }
    for (const found of inOrder(text)) {
      const index = typeof found === 'number' ? found : found.index
      // Within a path that was found already.
      if (index < from) continue
      keep(index)
      if (typeof found === 'number') path(found)
      else mark(found)
    }
    keep(text.length)
    before = (before + value).slice(-2 * sentenceLength)
    return { value, annotations }
  }

  /** Where paths begin, and the markers. */
  function inOrder(text: string): (number | RegExpExecArray)[] {
    const paths = pathStarts(text)
    if (!citation || !text.includes('【')) return paths
    return [...paths, ...text.matchAll(marker)].toSorted(
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

function unfinishedMarker(text: string): number {
  const start = text.lastIndexOf('【')
  const rest = start < 0 ? '' : text.slice(start)
  return rest === '' || rest.includes('】') || rest.length > longestMarker ? 0 : rest.length
}

const characters = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}
