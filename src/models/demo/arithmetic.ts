import { findMath, plainMath } from './expression.ts'
import type { Task } from './task.ts'

const number = String.raw`-?\d+(?:\.\d+)?`

/** A calculation in a text, in symbols or in simple words. */
export function arithmeticTask(question: string): Task | undefined {
  const recipe = recipes.find(({ pattern }) => pattern.test(question))
  const match = recipe?.pattern.exec(question)
  if (recipe && match) {
    const about = match[0].trim()
    return task(recipe.program(match), about, (output) => `The ${recipe.named(match)} is ${output}.`)
  }
  return statisticsTask(question) ?? expressionTask(question)
}

/** A few things that people try first. */
const recipes: {
  pattern: RegExp
  program: (match: RegExpExecArray) => string
  named: (match: RegExpExecArray) => string
}[] = [
  {
    pattern: /\bfirst (\d+) (primes?|fibonacci)\b/i,
    program: ([, count, kind]) => (/fib/i.test(kind ?? '') ? fibonacci(count ?? '') : primes(count ?? '')),
    named: ([, count, kind]) =>
      `list of the first ${count} ${/fib/i.test(kind ?? '') ? 'Fibonacci numbers' : 'primes'}`,
  },
  {
    pattern: /\bprime factors of (\d+)\b/i,
    program: ([, n]) => `n, d, factors = ${n}, 2, []
while d * d <= n:
    while n % d == 0:
        factors.append(d)
        n //= d
    d += 1
print(*factors, *([n] if n > 1 else []), sep=' * ')`,
    named: ([, n]) => `product of primes for ${n}`,
  },
]

const fibonacci = (count: string) => `a, b, numbers = 0, 1, []
for _ in range(${count}):
    numbers.append(a)
    a, b = b, a + b
print(*numbers, sep=', ')`

const primes = (count: string) => `numbers, n = [], 2
while len(numbers) < ${count}:
    if all(n % p for p in numbers if p * p <= n):
        numbers.append(n)
    n += 1
print(*numbers, sep=', ')`

const measures: [RegExp, string, string][] = [
  [/\b(mean|average)\b/i, 'mean', 'statistics.mean(values)'],
  [/\bmedian\b/i, 'median', 'statistics.median(values)'],
  [/\b(standard deviation|stdev|stddev)\b/i, 'standard deviation', 'statistics.stdev(values)'],
  [/\bvariance\b/i, 'variance', 'statistics.variance(values)'],
  [/\b(sum|total)\b/i, 'sum', 'sum(values)'],
  [/\bproduct\b/i, 'product', 'math.prod(values)'],
  [/\b(maximum|largest|biggest|max)\b/i, 'largest', 'max(values)'],
  [/\b(minimum|smallest|min)\b/i, 'smallest', 'min(values)'],
]

function statisticsTask(question: string): Task | undefined {
  const measure = measures.find(([pattern]) => pattern.test(question))
  if (!measure) return undefined
  const [pattern, name, python] = measure
  const rest = question.slice(question.search(pattern))
  const range = new RegExp(String.raw`(\d+)\s*(?:to|through|\.\.\.?)\s*(\d+)`, 'i').exec(rest)
  const values = rest.match(new RegExp(String.raw`(?<![\w.])${number}`, 'g')) ?? []
  if (!range && values.length < 2) return undefined
  const list = range ? `range(${range[1]}, ${range[2]} + 1)` : `[${values.join(', ')}]`
  const program = `import math, statistics\n\nvalues = ${list}\n${printed(python)}`
  const about = range ? `the numbers from ${range[1]} to ${range[2]}` : values.join(', ')
  return task(program, about, (output) => `The ${name} of ${about} is ${output}.`)
}

function expressionTask(question: string): Task | undefined {
  const [found] = findMath(inSymbols(question)).expressions.filter(({ unknowns }) => unknowns.length === 0)
  if (!found) return undefined
  const simple = !/[a-z]/i.test(found.python)
  const inDecimals = `from decimal import Decimal as D, getcontext
getcontext().prec = 30
print(${found.python.replaceAll(/\d+(\.\d+)?/g, (digits) => `D('${digits}')`)})`
  const program = `from math import *\n\n${printed(found.python)}`
  const text = found.text.replaceAll(/([\d.]+)\/100\*(?=[\d.])/g, '$1% of ')
  return {
    programs: simple ? [program, inDecimals] : [program],
    about: text,
    answer: (output) => `${text} = ${output.trim().split('\n')[0]}`,
  }
}

const printed = (python: string) => `value = ${python}
print(int(value) if value == int(value) else round(value, 10))`

const task = (program: string, about: string, answer: (output: string) => string): Task => ({
  programs: [program],
  about,
  answer: (output) => answer(output.trim().split('\n')[0] ?? ''),
})

/** Sums told in words. Dates are taken out: they are no subtractions. */
function inSymbols(question: string): string {
  const value = String.raw`(\d+(?:\.\d+)?)`
  return plainMath(question)
    .replaceAll(/\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\/\d{1,2}\/\d{2,4}\b/g, ' ; ')
    .replaceAll(new RegExp(`${value}\\s*(?:%|percent) of ${value}`, 'gi'), '$1/100*$2')
    .replaceAll(new RegExp(`(?:the )?square root of ${value}`, 'gi'), 'sqrt($1)')
    .replaceAll(new RegExp(`(?:the )?factorial of (\\d+)`, 'gi'), 'factorial($1)')
    .replaceAll(/\bplus\b/gi, '+')
    .replaceAll(/\bminus\b/gi, '-')
    .replaceAll(/\b(times|multiplied by)\b/gi, '*')
    .replaceAll(/\bdivided by\b|(?<=\d )over(?= \d)/gi, '/')
    .replaceAll(/\b(to the power of|raised to)\b/gi, '^')
    .replaceAll(/ squared\b/gi, '^2')
    .replaceAll(/ cubed\b/gi, '^3')
}
