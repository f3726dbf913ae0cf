import { exactly, linearSystem, numerically } from './equation-programs.ts'
import { resultTooLarge, maxDigits } from './arithmetic.ts'
import { findMath, type Equation, type Expression } from './expression.ts'
import { inSymbols } from './numbers-in-words.ts'
import { said, type Task } from './task.ts'

/** Reads the equation or the system of equations that a text asks to solve, or the comparison that it asks about. */
export function equationTask(question: string): Task | undefined {
  const { equations, expressions } = findMath(inSymbols(question))
  const [first] = equations
  if (!first || isAbout(question, equations)) return undefined
  const large = equations.flatMap(({ left, right }) => [left, right]).find(({ digits }) => digits > maxDigits)
  if (large) return said(resultTooLarge(large.text, large.digits))
  const unknowns = [...new Set(equations.flatMap((equation) => equation.unknowns))].sort()
  const text = equations.map((equation) => equation.text).join(' and ')
  if (text.length > maxText)
    return said('That is too long for me: I solve up to six equations of a few terms.')
  const values = equations.filter(isAssignment)
  const wanted = expressions.find((one) => one.unknowns.every((name) => unknowns.includes(name)))
  if (wanted && values.length === equations.length && wanted.unknowns.length > 0)
    return withValues(text, values, wanted)
  if (unknowns.length === 0) return comparison(first)
  if (equations.some(({ relation }) => relation !== '='))
    return said(
      `I solve equations, not inequalities such as ${text}. Ask me for ${text.replace(/[<>!]=?/, '=')}, and look on which side of the solution it holds.`,
    )
  const answer = (output: string) => inWords(text, output)
  const [unknown] = unknowns
  if (unknowns.length === 1 && unknown && equations.length === 1) {
    const programs = [exactly(first, unknown), numerically(first, unknown)]
    return { programs: beyondSquares(first, unknown) ? programs.slice(1) : programs, about: text, answer }
  }
  if (unknowns.length !== equations.length || unknowns.length > 6)
    return said(unsolvable(text, equations.length, unknowns))
  const notLinear = `I cannot solve ${text}: I solve systems of linear equations only.`
  if (equations.some(({ left, right }) => /\*\*|[a-z]{2,}\(/i.test(left.python + right.python)))
    return said(notLinear)
  return {
    programs: [linearSystem(equations, unknowns)],
    about: text,
    answer: (output) => (/not linear/.test(output) ? notLinear : answer(output)),
  }
}

/** The maximum length in characters. Longer texts are not read as equations. */
const maxText = 500

/** Whether a text is about a famous formula and has no word that asks to solve it. */
const isAbout = (question: string, equations: Equation[]) =>
  /\b(explain|mean|means|meaning|who|why|history|famous|discovered|write|implement|code|bedeutet|erkläre?)\b/i.test(
    question,
  ) &&
  !/\b(solve|solution|löse|résous|resuelve)\b/i.test(question) &&
  equations.some(({ unknowns }) => unknowns.length > 1)

const isAssignment = ({ left, right, relation }: Equation) =>
  relation === '=' && left.operations === 0 && left.unknowns.length === 1 && right.unknowns.length === 0

function withValues(text: string, values: Equation[], wanted: Expression): Task {
  const given = values.map(({ left, right }) => `${left.python} = ${right.python}`)
  const program = [
    'from math import *',
    ...given,
    `value = ${wanted.python}`,
    'print(int(value) if value == int(value) else round(value, 10))',
  ]
  const answer = (output: string) => `With ${text}, ${wanted.text} is ${firstLine(output)}.`
  return { programs: [program.join('\n')], about: wanted.text, answer }
}

function comparison({ text, left, right, relation }: Equation): Task {
  const test =
    relation === '='
      ? `abs((${left.python}) - (${right.python})) < 1e-9`
      : `(${left.python}) ${relation} (${right.python})`
  const answer = (output: string) => `${text} is ${/True/.test(output) ? 'true' : 'false'}.`
  return { programs: [`from math import *\nprint(${test})`], about: text, answer }
}

const unsolvable = (text: string, count: number, unknowns: string[]) =>
  `I cannot solve ${text}: ${count === 1 ? 'one equation' : `${count} equations`} with the unknowns ${unknowns.join(', ')}. ` +
  'I solve one equation with one unknown, and as many linear equations as there are unknowns.'

/** Joins lines such as `x = 2` into one sentence. */
function inWords(text: string, output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const solutions = lines.filter((line) => /^[a-z] [=≈] /i.test(line))
  if (solutions.length === 1) return `The solution of ${text} is ${solutions[0]}.`
  const names = new Set(solutions.map((line) => line.charAt(0)))
  const all = `${solutions.slice(0, -1).join(', ')} and ${solutions.at(-1)}`
  const many = lines.find((line) => /^of \d+ between/.test(line))
  if (many) return `${text} has many solutions (${many.slice(3)}). Those nearest to 0 are ${all}.`
  if (solutions.length > 1)
    return `The ${names.size > 1 ? 'solution' : 'solutions'} of ${text} ${names.size > 1 ? 'is' : 'are'} ${all}.`
  return `${text} has ${firstLine(output)}.`
}

const firstLine = (output: string) => output.trim().split('\n')[0] ?? ''

const beyondSquares = ({ left, right }: Equation, unknown: string) => {
  const python = `${left.python} ; ${right.python}`
  return /\*\*(?!2\b)|[a-z]{2,}\(|[%]|\/\//i.test(python) || new RegExp(`/[^;]*${unknown}`).test(python)
}
