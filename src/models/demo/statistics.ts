import { languageOf } from './language.ts'
import { said, type Task } from './task.ts'

/** Measures of a list of numbers. `closed` is a formula for a range of whole numbers, which is fast for any length. */
const measures: { words: string; name: string; python: string; closed?: string }[] = [
  {
    words: 'standard deviation|stdev|stddev|std',
    name: 'standard deviation',
    python: 'statistics.stdev(values)',
  },
  { words: 'variance', name: 'variance', python: 'statistics.variance(values)' },
  {
    words: 'mean|average|durchschnitt|mittelwert|moyenne|promedio|media',
    name: 'mean',
    python: 'statistics.mean(values)',
    closed: '(values[0] + values[-1]) / 2',
  },
  { words: 'median|médiane|mediana', name: 'median', python: 'statistics.median(values)' },
  { words: 'mode', name: 'mode', python: 'statistics.mode(values)' },
  {
    words: 'sum|total|summe|somme|suma|add(?: up)?(?: together)?',
    name: 'sum',
    python: 'sum(values)',
    closed: '(values[0] + values[-1]) * len(values) // 2',
  },
  { words: 'product|produkt|produit|producto', name: 'product', python: 'math.prod(values)' },
  {
    words: 'maximum|largest|biggest|highest|greatest|max',
    name: 'largest',
    python: 'max(values)',
    closed: 'max(values[0], values[-1])',
  },
  {
    words: 'minimum|smallest|lowest|min',
    name: 'smallest',
    python: 'min(values)',
    closed: 'min(values[0], values[-1])',
  },
]

/**
 * Words that may come between a measure and its numbers. Any other word means that the question is about something
 * else.
 */
const between = String.raw`(?:\s|[:(\[{]|\b(?:of|for|in|from|among|between|the|these|those|following|list|set|data|numbers?|values?|whole|natural|positive|integers?|all|von|der|den|zahlen|aus|de|des|los|las|nombres|números|les)\b)*`
const number = String.raw`-?\d+(?:\.\d+)?`
const sequence = String.raw`(?:(?:the )?(?:first (?<count>\d+) )?(?:(?<kind>even|odd|prime|fibonacci|square|cube)s?)?\s*(?:natural |positive |whole )*(?:numbers?|integers?)?)`
const range = String.raw`(?:from |between )?(?<from>-?\d+)\s*(?:to|through|until|up to|\.\.\.?|bis|à|hasta|a|(?<=between \S+ )and)\s*(?<to>-?\d+)`

export function statisticsTask(question: string): Task | undefined {
  for (const measure of measures) {
    const asked = new RegExp(`(?<!\\p{L})(?:${measure.words})(?!\\p{L})`, 'iu').exec(question)
    if (!asked || isPartOfMore(question.slice(0, asked.index))) continue
    const rest = question.slice(asked.index + asked[0].length)
    const found = sequenceTask(rest, measure) ?? listTask(rest, measure)
    if (found) return found
  }
  return sequenceTask(question) ?? sortTask(question)
}

/** Whether the measure is only a part of a larger calculation, as in "5 times the sum of 2 and 3". */
const isPartOfMore = (prior: string) => /\d/.test(prior) && !/[.!?;:]\s*\D*$/.test(prior)

/** The numbers of a list at the start of a text, such as "3, 5 and 10", "[1, 2]" and "4 8 15". */
function numbersAtStart(text: string): string[] | undefined {
  const commas = languageOf(text) !== 'en' || /;/.test(text)
  const plain = commas ? text.replaceAll(/(?<=\d),(?=\d)/g, '.') : text
  const list = new RegExp(
    `^${between}(${number}(?:\\s*(?:,|;|\\band\\b|\\bund\\b|\\bet\\b|\\by\\b|&|\\s)+\\s*${number})+)\\s*[\\])}]?\\s*(?:[.?!]|$|please|bitte|\\n|together)`,
    'iu',
  ).exec(plain)?.[1]
  return list?.match(new RegExp(number, 'g')) ?? undefined
}

function listTask(rest: string, { name, python }: { name: string; python: string }): Task | undefined {
  const values = numbersAtStart(rest)
  if (!values) return undefined
  const about = values.join(', ')
  const program = `import math, statistics\n\nvalues = [${about}]\n${printed(python)}`
  return task(program, `the ${name} of ${about}`, (output) => `The ${name} of ${about} is ${output}.`)
}

function sortTask(question: string): Task | undefined {
  const rest = /\b(?:sort|order)\b(?: in)?(?: ascending| descending)?(?: order)?(.*)/is.exec(question)?.[1]
  const values =
    rest === undefined
      ? undefined
      : numbersAtStart(rest.replace(/\b(in )?(ascending|descending)( order)?\b/i, ''))
  if (!values) return undefined
  const descending = /\bdescending|largest first\b/i.test(question)
  const program = `print(*sorted([${values.join(', ')}]${descending ? ', reverse=True' : ''}), sep=', ')`
  return task(program, 'the sorted numbers', (output) => `Sorted: ${output}.`)
}

/** The maximum length of a list that a program makes, so that it ends quickly. */
const maxMembers = { primes: 2000, other: 1000, range: 100_000 }

/** Reads texts such as "the first 10 primes" and "even numbers from 1 to 100", and a measure of these numbers. */
function sequenceTask(text: string, measure?: (typeof measures)[number]): Task | undefined {
  const start = measure ? `^${between}` : String.raw`(?<![\p{L}\d])`
  const listed = new RegExp(`${start}${sequence}(?:\\s*(?:${range}))?`, 'iu').exec(text)?.groups
  const ranged = measure && new RegExp(`^${between}${range}`, 'iu').exec(text)?.groups
  const { kind = '', count, from, to } = listed?.['count'] || listed?.['to'] ? listed : (ranged ?? {})
  if (count === undefined && to === undefined) return undefined
  if (!kind && !measure) return undefined
  if (kind && !measure && count === undefined && to === undefined) return undefined
  const sort = kind.toLowerCase()
  const size = count === undefined ? Math.abs(Number(to) - Number(from)) : Number(count)
  const limit = sort === 'prime' ? maxMembers.primes : maxMembers.other
  const about =
    count === undefined
      ? `the ${sort ? `${nameOf(sort)}` : 'numbers'} from ${from} to ${to}`
      : `the first ${count} ${sort ? nameOf(sort) : 'numbers'}`
  const closed = !sort && measure?.closed
  const most = sort || (measure && /prod|stdev|variance/.test(measure.python)) ? limit : maxMembers.range
  if (!closed && size > most)
    return said(`I do not work out ${about}: I stop at ${most.toLocaleString('en')} numbers.`)
  const list = valuesOf(sort, { count, from, to })
  const head = `import math, statistics\n\n${list}`
  if (!measure)
    return task(`${head}\nprint(*values, sep=', ')`, about, (output) => `The list of ${about} is ${output}.`)
  return task(
    `${head}\n${printed(closed || measure.python)}`,
    `the ${measure.name} of ${about}`,
    (output) => `The ${measure.name} of ${about} is ${output}.`,
  )
}

const nameOf = (kind: string) =>
  ({ prime: 'primes', fibonacci: 'Fibonacci numbers', square: 'squares', cube: 'cubes' })[kind] ??
  `${kind} numbers`

interface Bounds {
  count: string | undefined
  from: string | undefined
  to: string | undefined
}

function valuesOf(kind: string, { count, from, to }: Bounds): string {
  const ends = count === undefined ? `${from}, ${to} + 1` : `1, ${count} + 1`
  switch (kind) {
    case 'prime':
      return `def is_prime(n):
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))

${count === undefined ? `values = [n for n in range(${ends}) if is_prime(n)]` : `values, n = [], 2\nwhile len(values) < ${count}:\n    if is_prime(n):\n        values.append(n)\n    n += 1`}`
    case 'fibonacci':
      return count === undefined
        ? `values, a, b = [], 0, 1\nwhile a <= ${to}:\n    if a >= ${from}:\n        values.append(a)\n    a, b = b, a + b`
        : `values, a, b = [], 0, 1\nfor _ in range(${count}):\n    values.append(a)\n    a, b = b, a + b`
    case 'even':
    case 'odd': {
      const wanted = kind === 'even' ? 0 : 1
      if (count !== undefined) return `values = [2 * n ${wanted ? '- 1' : ''} for n in range(${ends})]`
      return `values = [n for n in range(${ends}) if n % 2 == ${wanted}]`
    }
    case 'square':
      return `values = [n ** 2 for n in range(${ends})]`
    case 'cube':
      return `values = [n ** 3 for n in range(${ends})]`
    default:
      return `values = range(${ends})`
  }
}

const printed = (python: string) => `value = ${python}
print(int(value) if value == int(value) else round(value, 10))`

const task = (program: string, about: string, answer: (output: string) => string): Task => ({
  programs: [program],
  about,
  answer: (output) => answer(output.trim().split('\n')[0] ?? ''),
})
