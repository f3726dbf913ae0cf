import type { Annotation, FileCitation } from '../contract/messages.ts'

export interface AnnotatedText {
  value: string
  annotations: Annotation[]
}

/** What the markers of a message lead to. */
export interface Sources {
  /** The File behind a path of the sandbox. */
  fileAt: (path: string) => string | undefined
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

/**
 * Inside a Markdown link a path goes up to the bracket, spaces included. Elsewhere it ends at white space, a bracket or
 * a quote, and a full stop at its end belongs to the sentence.
 */
const path =
  /(?<=\]\()sandbox:\/mnt\/data\/[^)\n]{1,300}(?=\))|sandbox:\/mnt\/data\/[^\s()[\]"'<>`]*[^\s()[\]"'<>`.,;:!?]/g
const marker = /【(\d{1,6}):(\d{1,6})†([^【】]{0,300})】/g
const longest = 320
const sentenceLength = 500

/**
 * Finds the markers in text that arrives in pieces, and gives each of them out whole, together with its annotation:
 * clients replace markers and need both in one delta (as recorded). A path that names no file stays text; a
 * citation that names no result is taken out, because it would be a false one.
 */
export function annotator({ fileAt, citation }: Sources) {
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
    for (const match of found(text)) {
      keep(match.index)
      const [whole, search, result, name = ''] = match
      const cited =
        search === undefined
          ? undefined
          : citation?.({
              search: Number(search),
              result: Number(result),
              name,
              before: (before + value).replaceAll(marker, '').slice(-sentenceLength),
            })
      const fileId = search === undefined ? pathOf(whole.slice('sandbox:'.length)) : undefined
      const start_index = length
      if (cited) {
        const { filename, ...file_citation } = cited
        const text = `【${search}:${result}†${filename}】`
        value += text
        length += characters(text)
        annotations.push({ type: 'file_citation', text, start_index, end_index: length, file_citation })
        from += whole.length
      } else if (search !== undefined) {
        from += whole.length
      } else if (fileId !== undefined) {
        keep(match.index + whole.length)
        annotations.push({
          type: 'file_path',
          text: whole,
          start_index,
          end_index: length,
          file_path: { file_id: fileId },
        })
      }
    }
    keep(text.length)
    before = (before + value).slice(-2 * sentenceLength)
    return { value, annotations }
  }

  /** Some models escape what stands in a link. */
  const pathOf = (path: string) => fileAt(path) ?? fileAt(unescaped(path))

  const found = (text: string) =>
    [...text.matchAll(path), ...(citation ? text.matchAll(marker) : [])].toSorted((a, b) => a.index - b.index)

  return {
    push(piece: string): AnnotatedText {
      const text = held + piece
      const cut = text.length - Math.max(unfinishedPath(text), citation ? unfinishedMarker(text) : 0)
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

const pathStart = 'sandbox:/mnt/data/'
const linkStart = '](' + pathStart

/** How many characters at the end of the text may be, or become, the beginning of a path, with the link around it. */
function unfinishedPath(text: string): number {
  const start = text.lastIndexOf(pathStart)
  if (start >= 0) {
    const rest = text.slice(start + pathStart.length)
    const inLink = text.slice(0, start).endsWith('](')
    const open = !(inLink ? /[)\n]/ : /[\s()[\]"'<>`]/).test(rest) && rest.length <= longest
    if (open) return text.length - start + (inLink ? 2 : 0)
  }
  // Half of a character outside the basic plane: its other half is still to come.
  if (/[\ud800-\udbff]$/.test(text)) return 1
  return Math.max(beginningOf(linkStart, text), beginningOf(pathStart, text))
}

/** How much of `whole` the text ends with. */
function beginningOf(whole: string, text: string): number {
  for (let size = Math.min(whole.length - 1, text.length); size > 0; size--) {
    if (whole.startsWith(text.slice(-size))) return size
  }
  return 0
}

function unescaped(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

function unfinishedMarker(text: string): number {
  const start = text.lastIndexOf('【')
  const rest = start < 0 ? '' : text.slice(start)
  return rest === '' || rest.includes('】') || rest.length > longest ? 0 : rest.length
}

const characters = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}
