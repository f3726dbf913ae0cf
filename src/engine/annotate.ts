/** An annotation of a message's text; indexes count characters (code points), as the original's server did. */
export interface FilePath {
  type: 'file_path'
  text: string
  start_index: number
  end_index: number
  file_path: { file_id: string }
}

export interface AnnotatedText {
  value: string
  annotations: FilePath[]
}

const marker = 'sandbox:/mnt/data/'
/** A path ends at white space, a bracket or a quote; a full stop at its end belongs to the sentence. */
const path = /sandbox:\/mnt\/data\/[^\s()[\]"'<>`]*[^\s()[\]"'<>`.,;:!?]/g
const longestPath = 300

/**
 * Finds `sandbox:/mnt/data/...` in text that arrives in pieces and gives each of them out whole, together with its
 * annotation: clients replace the marker by a link and need both in one delta (wire §5.3 c, §6).
 * A path that names no file stays text.
 */
export function annotator(fileAt: (path: string) => string | undefined) {
  let held = ''
  let length = 0

  function give(text: string): AnnotatedText {
    const annotations: FilePath[] = []
    for (const match of text.matchAll(path)) {
      const fileId = fileAt(match[0].slice('sandbox:'.length))
      if (fileId === undefined) continue
      const start = length + characters(text.slice(0, match.index))
      annotations.push({
        type: 'file_path',
        text: match[0],
        start_index: start,
        end_index: start + characters(match[0]),
        file_path: { file_id: fileId },
      })
    }
    length += characters(text)
    return { value: text, annotations }
  }

  return {
    push(piece: string): AnnotatedText {
      const text = held + piece
      const cut = text.length - openMarker(text)
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

/** How many characters at the end of the text may be, or become, an unfinished marker. */
function openMarker(text: string): number {
  const start = text.lastIndexOf(marker)
  if (start >= 0) {
    const rest = text.slice(start + marker.length)
    return /[\s()[\]"'<>`]/.test(rest) || rest.length > longestPath ? 0 : text.length - start
  }
  // Half of a character outside the basic plane: its other half is still to come.
  if (/[\ud800-\udbff]$/.test(text)) return 1
  for (let size = Math.min(marker.length - 1, text.length); size > 0; size--) {
    if (marker.startsWith(text.slice(-size))) return size
  }
  return 0
}

const characters = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}
