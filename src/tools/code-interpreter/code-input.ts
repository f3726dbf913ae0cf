import { readEscape } from '../../models/lenient-json.ts'
import type { ParsedProgram } from './program.ts'
import { wholePart } from '../../models/whole-characters.ts'

/** The head of a call's arguments after which its program follows. Longer ones are shown when they are whole. */
const head = /^\s*\{\s*"code"\s*:\s*"/
const longestHead = 200
/** A program that begins with more blanks than these has no code fence after them. */
const maxBlank = 1_000

/** How models begin to speak of a program that follows in a code fence. Python has no two words like these in a row. */
const firstWords = ['here', 'this', 'the', 'let', 'we', 'now', 'first', 'sure', 'okay', 'below']
const twoWords = /^([A-Za-z]+)(?:[,.!:]|['’]\w+)?\s+[a-z`~]/
const oneWord = /^([A-Za-z]+)((?:[,.!:]|['’]\w*)?\s{0,3})$/

const beginsProse = (word: string) => /^[A-Z][a-z]/.test(word) || firstWords.includes(word)
const isProse = (begun: string) => beginsProse(twoWords.exec(begun)?.[1] ?? '')

/** Whether the next characters decide. */
function mayBecomeProse(begun: string): boolean {
  const [, word = '', rest = ''] = oneWord.exec(begun.slice(0, 40)) ?? []
  if (word === '') return false
  return rest === ''
    ? /^[A-Z][a-z]*$/.test(word) || firstWords.some((one) => one.startsWith(word))
    : beginsProse(word)
}

/**
 * Reads the program out of a code interpreter call while its JSON arguments are still arriving: `{"code": "impo` gives
 * `impo`. What is no plain JSON with a `code` is given at the end.
 */
export function codeInput() {
  let state: 'head' | 'blank' | 'code' | 'over' = 'head'
  /** What has come and is not read yet. */
  let rest = ''
  /** Blanks at the beginning of the program, after which a code fence may come. */
  let blank = ''
  let given = ''
  /** Half of a character, whose other half is the next escape. */
  let half = ''

  function readCode(): string {
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

  function afterBlank(added: string): string {
    blank += added
    const begun = blank.trimStart()
    if (begun === '' && blank.length <= maxBlank) return ''
    if (mayBecomeProse(begun)) return ''
    // Fences and prose are taken off, and JSON inside of JSON is read, when the program is whole.
    state = /^[`~{["<]/.test(begun) || isProse(begun) ? 'over' : state
    if (state === 'blank') state = 'code'
    return state === 'code' ? blank : ''
  }

  return {
    /** The part of the program that this piece of the arguments adds; possibly none. */
    push(piece: string): string {
      if (state === 'over') return ''
      rest += piece
      if (state === 'head') {
        const start = head.exec(rest)
        if (!start && rest.length > longestHead) state = 'over'
        if (!start) return ''
        rest = rest.slice(start[0].length)
        state = 'blank'
      }
      const wasBlank = state === 'blank'
      const added = wasBlank ? afterBlank(readCode()) : readCode()
      given += added
      return added
    },
    /** What is still missing of the program once it is known. */
    end(program: ParsedProgram): string {
      return 'code' in program && program.code.startsWith(given) ? program.code.slice(given.length) : ''
    },
  }
}
