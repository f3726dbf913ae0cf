/** A part of an expression as Python, and the logarithm to base 10 of the maximum of its value. */
export interface BoundedExpression {
  python: string
  size: number
  /** True for a negative exponent. A whole number raised to it is at most 1. */
  negative?: boolean
}

/** The size of the result of an operator. */
export function sizeOf(sign: string, left: BoundedExpression, right: BoundedExpression): number {
  if (sign === '+' || sign === '-') return Math.max(left.size, right.size) + 0.30103
  if (sign === '%') return Math.min(left.size, right.size)
  return sign === '/' || sign === '//' ? left.size - Math.min(right.size, 0) : left.size + right.size
}

export function sizeOfFactorial(size: number): number {
  const n = 10 ** size
  return size > 6
    ? Infinity
    : n < 2
      ? 0
      : (n * Math.log(n / Math.E) + Math.log(Math.sqrt(2 * Math.PI * n))) / Math.LN10
}

/** The size of the result of a function. */
export function sizeOfCall(name: string, given: BoundedExpression[]): number {
  const size = Math.max(...given.map((part) => part.size))
  if (name === 'factorial') return sizeOfFactorial(size)
  if (name === 'exp') return size > 9 ? Infinity : 10 ** size / Math.LN10
  return name === 'lcm' ? given.reduce((sum, part) => sum + Math.max(part.size, 0), 0) : size
}
