import { readEscape } from '../../models/lenient-json.ts'
import type { ParsedProgram } from './program.ts'
import { wholePart } from '../../models/whole-characters.ts'

/**
 * The beginning of the arguments, after which the program follows. With a longer beginning, the program is shown when
 * it is complete.
 */
const head = /^\s*\{\s*"code"\s*:\s*"/
const longestHead = 200
/** After more white space than this, no code fence is expected. */
const maxBlank = 1_000

/** Words with which models introduce a program in a code fence. Python never has two such words in a row. */
const firstWords = ['here', 'this', 'the', 'let', 'we', 'now', 'first', 'sure', 'okay', 'below']
const twoWords = /^([A-Za-z]+)(?:[,.!:]|['’]\w+)?\s+[a-z`~]/
const oneWord = /^([A-Za-z]+)((?:[,.!:]|['’]\w*)?\s{0,3})$/

const beginsProse = (word: string) => /^[A-Z][a-z]/.test(word) || firstWords.includes(word)
const isProse = (begun: string) => beginsProse(twoWords.exec(begun)?.[1] ?? '')

/** True when the next characters are needed to decide. */
function mayBecomeProse(begun: string): boolean {
  const [, word = '', rest = ''] = oneWord.exec(begun.slice(0, 40)) ?? []
  if (word === '') return false
  return rest === ''
    ? /^[A-Z][a-z]*$/.test(word) || firstWords.some((one) => one.startsWith(word))
    : beginsProse(word)
}

/**
 * Reads the program from the arguments of a call while their JSON is still arriving: `{"code": "impo` gives `impo`.
 * Arguments that are not plain JSON with a `code` are read when they are complete.
 */
export function codeInput() {
  let state: 'head' | 'blank' | 'code' | 'over' = 'head'
  /** What has arrived and was not read yet. */
  let rest = ''
  /** White space at the beginning of the program. A code fence may follow it. */
  let blank = ''
  let given = ''
  /** The first half of a surrogate pair. The other half is the next escape. */
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
    // Code fences, prose, and JSON inside JSON are removed when the program is complete.
    state = /^[`~{["<]/.test(begun) || isProse(begun) ? 'over' : state
    if (state === 'blank') state = 'code'
    return state === 'code' ? blank : ''
  }

  return {
    /** Returns the part of the program that this piece of the arguments adds. It may be empty. */
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
    /** Returns the rest of the program when the whole program is known. */
    end(program: ParsedProgram): string {
      return 'code' in program && program.code.startsWith(given) ? program.code.slice(given.length) : ''
    },
  }
}
