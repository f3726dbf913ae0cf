import { stringArgument } from '../string-argument.ts'
import type { ParsedProgram } from './program.ts'

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

/** Reads the program from the arguments of a call while they arrive. Nothing is given that is no part of the program. */
export function codeInput() {
  const argument = stringArgument('code')
  let state: 'blank' | 'code' | 'over' = 'blank'
  /** White space at the beginning of the program. A code fence may follow it. */
  let blank = ''
  let given = ''

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
      const text = argument.push(piece)
      if (state === 'blank' && argument.isOver) state = 'over'
      const added = state === 'code' ? text : afterBlank(text)
      given += added
      return added
    },
    /** Returns the rest of the program when the whole program is known. */
    end(program: ParsedProgram): string {
      return 'code' in program && program.code.startsWith(given) ? program.code.slice(given.length) : ''
    },
  }
}
