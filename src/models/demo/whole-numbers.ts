import { said, type Task } from './task.ts'

/** The largest number for which trial division is fast enough. */
const largest = 1e12

const asks: [RegExp, (n: string) => Task][] = [
  [/\bprime fact(?:or(?:s|i[sz]ation)?|oring) of (\d+)\b|\bfactori?[sz]?e? (\d+)\b/i, factors],
  [
    /\bis (\d+) (?:a )?prime\b|\bist (\d+) (?:eine )?primzahl\b|\b(\d+) est(?:-il| un nombre)? premier\b|\b(\d+) (?:es )?primo\b/i,
    isPrime,
  ],
  [/\bis (\d+) (?:an? )?(?:even|odd)\b/i, parity],
  [/\b(\d+) (?:to|in|into|as) binary\b/i, inBase('b', 'binary')],
  [/\b(\d+) (?:to|in|into|as) hex(?:adecimal)?\b/i, inBase('x', 'hexadecimal')],
]

/**
 * Answers questions about one whole number: its factors, its notation in another base, and whether it is prime, even or
 * odd.
 */
export function wholeNumberTask(question: string): Task | undefined {
  for (const [pattern, task] of asks) {
    const n = pattern
      .exec(question)
      ?.slice(1)
      .find((group) => group !== undefined)
    if (n === undefined) continue
    return Number(n) > largest
      ? said(
          `I do not take ${n} apart: I try divisors one by one, and stop at ${largest.toLocaleString('en')}.`,
        )
      : task(n)
  }
  return undefined
}

function factors(n: string): Task {
  const program = `n, d, factors = ${n}, 2, []
while d * d <= n:
    while n % d == 0:
        factors.append(d)
        n //= d
    d += 1
print(*factors, *([n] if n > 1 else []), sep=' * ')`
  return { programs: [program], about: `the factors of ${n}`, answer: (output) => `${n} = ${output.trim()}` }
}

function isPrime(n: string): Task {
  const program = `from math import isqrt

n = ${n}
print(next((d for d in range(2, isqrt(n) + 1) if n % d == 0), 'none') if n > 1 else 'too small')`
  const answer = (output: string) => {
    const divisor = output.trim()
    if (divisor === 'none') return `Yes, ${n} is a prime.`
    return divisor === 'too small'
      ? `No, ${n} is not a prime: primes begin at 2.`
      : `No, ${n} is not a prime: ${divisor} divides it.`
  }
  return { programs: [program], about: `whether ${n} is a prime`, answer }
}

function parity(n: string): Task {
  const answer = (output: string) => `${n} is ${output.trim()}.`
  return { programs: [`print('odd' if ${n} % 2 else 'even')`], about: `whether ${n} is even`, answer }
}

function inBase(format: string, name: string) {
  return (n: string): Task => ({
    programs: [`print(f'{${n}:${format}}')`],
    about: `${n} in ${name}`,
    answer: (output) => `${n} in ${name} is ${output.trim()}.`,
  })
}
