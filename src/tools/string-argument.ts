import { readEscape } from '../models/lenient-json.ts'
import { wholePart } from '../models/whole-characters.ts'

/** With a longer beginning, the text is known when the arguments are complete. */
const longestHead = 200

/**
 * Reads a string from the arguments of a call while their JSON is still arriving: `{"code": "impo` gives `impo`.
 * It has to be the first argument. Arguments that are not plain JSON are read when they are complete.
 */
export function stringArgument(name: string) {
  const head = new RegExp(`^\\s*\\{\\s*"${name}"\\s*:\\s*"`)
  let state: 'head' | 'text' | 'over' = 'head'
  /** What has arrived and was not read yet. */
  let rest = ''
  /** The first half of a surrogate pair. The other half is the next escape. */
  let half = ''

  function readText(): string {
    let added = half
    let at = 0
    for (; at < rest.length && state !== 'over';) {
      const char = rest[at] ?? ''
      if (char === '"') {
        state = 'over'
        break
      }
      const read = char === '\\' ? readEscape(rest, at) : { char, length: 1 }
      if (!read) break
      added += read.char
      at += read.length
    }
    rest = state === 'over' ? '' : rest.slice(at)
    const [whole, open] = wholePart(added)
    half = open
    return whole
  }

  return {
    /** True when no more of the text will be known before the arguments are complete. */
    get isOver(): boolean {
      return state === 'over'
    },
    /** Returns what this piece of the arguments adds to the text. It may be empty. */
    push(piece: string): string {
      if (state === 'over') return ''
      rest += piece
      if (state === 'head') {
        const start = head.exec(rest)
        if (!start && rest.length > longestHead) state = 'over'
        if (!start) return ''
        rest = rest.slice(start[0].length)
        state = 'text'
      }
      return readText()
    },
  }
}
