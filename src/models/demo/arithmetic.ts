import { findMath, type Expression } from './expression.ts'
import { inSymbols } from './numbers-in-words.ts'
import { said, type Task } from './task.ts'

/** A result with more digits is not computed: Python refuses to print integers with more than 4300 digits. */
export const maxDigits = 4000

/** The calculation that a text asks for, in symbols or in simple words. */
export function arithmeticTask(question: string): Task | undefined {
  const symbols = inSymbols(question)
  const found = findMath(symbols).expressions.find(
    (one) => one.unknowns.length === 0 && isAsked(symbols, one),
  )
  if (!found) return undefined
  const text = found.text.replaceAll(/([\d.]+)\/100\*(?=[\d.])/g, '$1% of ')
  if (found.digits > maxDigits) return said(resultTooLarge(text, found.digits))
  const simple = !/[a-z]/i.test(found.python.replaceAll(/\de/gi, ''))
  const inDecimals = `from decimal import Decimal as D, getcontext
getcontext().prec = 30
print(${found.python.replaceAll(/\d+(\.\d+)?(e[+-]?\d+)?/gi, (digits) => `D('${digits}')`)})`
  const program = `from math import *\n\n${printed(found.python)}`
  return {
    programs: simple ? [program, inDecimals] : [program],
    about: text,
    answer: (output) => `${text} = ${firstLine(output)}${noteOn(found.python)}`,
  }
}

/** Why a number is not computed; `digits` is an estimate. */
export function resultTooLarge(text: string, digits: number): string {
  const size =
    digits < 1e12 ? `about ${digits.toLocaleString('en')} digits` : 'more digits than any computer could hold'
  return `I do not compute ${text}: it has ${size}, and I stop at ${maxDigits.toLocaleString('en')}.`
}

/** Explains a result that a reader may not expect. */
function noteOn(python: string): string {
  if (/\b(sin|cos|tan)\(/.test(python) && !/radians|pi/.test(python))
    return ' (the angle is taken in radians)'
  return /\blog\(/.test(python) ? ' (log is the natural logarithm; write log10 for the one to base 10)' : ''
}

const firstLine = (output: string) => output.trim().split('\n')[0] ?? ''

const printed = (python: string) => `value = ${python}
if value == int(value):
    print(int(value))
else:
    print(round(value, 10) if abs(value) > 1e-4 else f'{value:.10g}')`

const before =
  /(?:^|[\s:,;.!?¿¡(])(?:what(?:['’]?s| is| are| does| do)|calculate|compute|evaluate|work out|find|solve|simplify|how much (?:is|are|does|do|would)|result of|value of|was (?:ist|sind|ergibt|macht)|wie ?viel (?:ist|sind|ergibt|macht)|berechne|rechne|combien (?:fait|font|vaut)|calcule[rz]?|cu[aá]nto (?:es|son|da|vale)|qu[eé] es|calcula)\s*(?:the |a |value |result |answer |to |of |[:"'(]\s*)*$/iu
const after =
  /^\s*(?:[=?.!;:)"'\n]|$|,|(?:as|in) (?:a )?(?:decimal|percent|fraction)|rounded|please|bitte|equal|make|exactly|worth)/iu
const filler =
  /(?<!\p{L})(?:hi|hello|hey|ok|okay|so|now|and|then|well|please|pls|thanks|thank you|what|whats|what's|what’s|is|are|does|do|the|result|value|answer|of|to|calculate|compute|evaluate|solve|work|out|find|can|could|would|you|tell|give|me|show|how|much|many|equals?|make|makes|for|it|this|sum|problem|math|exercise|quick|was|ist|sind|ergibt|macht|wie|viel|wieviel|bitte|berechne|rechne|mir|kannst|du|hallo|und|combien|fait|font|calcule|bonjour|s'il|te|vous|plaît|plait|est|ce|que|cuánto|cuanto|es|son|da|calcula|por|favor|hola|qué|cual|cuál|la|le|el|das|ergebnis|von|résultat|resultado|de|in|python|code|using|use|run|with|i|need|want|know)(?!\p{L})/giu

/**
 * Whether a text asks for this calculation. `9/11`, `555-1234`, `24/7` and `2-3` are more often dates, numbers and
 * ranges than calculations. So they count only when the text contains nothing else, or when a word that asks for a
 * calculation comes directly before them.
 */
function isAsked(text: string, { start, end, python }: Expression): boolean {
  const [prior, later] = [text.slice(0, start), text.slice(end)]
  const rest = `${prior} ; ${later}`.replaceAll(filler, ' ')
  if (!/[\p{L}\p{N}#+@]/u.test(rest)) return true
  const ambiguous = /^-?[\d.]+(\s*[-/]\s*[\d.]+)+$/.test(python)
  if (ambiguous) return before.test(prior) && after.test(later)
  // A request to write or to explain something is not a request to calculate what it contains.
  return !/\b(write|implement|code|program|function|story|poem|essay|explain|joke|lyrics|translate)\b/i.test(
    rest,
  )
}
