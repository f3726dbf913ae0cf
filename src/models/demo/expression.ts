import { sizeOf, sizeOfCall, sizeOfFactorial, type BoundedExpression } from './magnitude.ts'

/** A mathematical expression that was found in a text, translated to Python. */
export interface Expression {
  /** As the user wrote it. */
  text: string
  python: string
  /** The position of the expression in the text. */
  start: number
  end: number
  unknowns: string[]
  operations: number
  /** The maximum number of decimal digits of the result and of all intermediate results. May be Infinity. */
  digits: number
}

export interface Equation {
  text: string
  left: Expression
  right: Expression
  unknowns: string[]
  /** `=` for an equation. For a comparison, its operator in Python. */
  relation: string
}

type Token = { kind: 'number' | 'letter' | 'function' | 'symbol'; text: string; at: number; end: number }

const functions =
  'sqrt|cbrt|radians|asin|acos|atan|sin|cos|tan|log10|log2|log|ln|exp|abs|factorial|floor|ceil|gcd|lcm|round|min|max'
const tokenPattern = new RegExp(
  `(?<number>(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?:e[+-]?\\d+(?![\\d.a-z]))?)` +
    `|(?<function>(?:${functions}|pi)(?![a-z]))|(?<letter>[a-z](?![a-z]))|(?<symbol>\\*\\*|//|[-+*/%^()=!,])`,
  'iy',
)

/** The equations and expressions of a text from `plainMath`. Each is as long as possible, and they do not overlap. */
export function findMath(text: string): { equations: Equation[]; expressions: Expression[] } {
  const equations: Equation[] = []
  const expressions: Expression[] = []
  for (let at = 0; at < text.length;) {
    const left = startsWord(text, at) ? parseAt(text, at) : undefined
    if (typeof left !== 'object') {
      at = left ?? at + 1
      continue
    }
    const equals = /^\s*(={1,2}|<=|>=|!=|<|>)\s*/.exec(text.slice(left.end))
    const right = equals ? parseAt(text, left.end + equals[0].length) : undefined
    if (equals && typeof right === 'object') {
      const unknowns = [...new Set([...left.unknowns, ...right.unknowns])].sort()
      const relation = (equals[1] ?? '').replace('==', '=')
      equations.push({ text: text.slice(at, right.end).trim(), left, right, unknowns, relation })
      at = right.end
    } else if (left.operations > 0) {
      expressions.push(left)
      at = left.end
    } else at++
  }
  return { equations, expressions }
}

/** Whether an expression may begin at this position. It may not begin inside a word or a number. */
function startsWord(text: string, at: number): boolean {
  return !/\s/.test(text.charAt(at)) && !/[\p{L}\p{N}.'’_#@]/u.test(text.charAt(at - 1))
}

/** No realistic question is nested more deeply, and the recursion needs a limit. */
const maxDepth = 20

/** The expression at a position. When there is none, the position at which to search on, if it is known. */
function parseAt(text: string, start: number): Expression | number | undefined {
  const parser = new Parser(text, start)
  const part = parser.sum()
  if (part === undefined) return undefined
  const { end, unknowns, operations, largest } = parser
  // A letter before another letter or an apostrophe belongs to a word, so it is not an unknown.
  if (/^[\p{L}\p{N}'’_]/u.test(text.slice(end, end + 2))) return Math.max(end, start + 1)
  return {
    text: text.slice(start, end).trim(),
    python: part.python,
    start,
    end,
    unknowns: [...unknowns].sort(),
    operations,
    digits: Math.floor(largest) + 1,
  }
}

class Parser {
  readonly unknowns = new Set<string>()
  end: number
  operations = 0
  /** The largest `size` of any part. */
  largest = 0
  readonly #text: string
  #at: number
  #depth = 0

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
    this.end = start
  }

  sum(): BoundedExpression | undefined {
    return this.#chain(
      () => this.#product(),
      ({ text }) => (text === '+' || text === '-' ? ` ${text} ` : undefined),
    )
  }

  #product(): BoundedExpression | undefined {
    return this.#chain(
      () => this.#power(),
      (token) => {
        if (['*', '/', '//'].includes(token.text)) return token.text
        if (token.text === '%') return ' % '
        return this.#impliesProduct(token) ? '' : undefined
      },
    )
  }

  #peek(): Token | undefined {
    let from = this.#at
    while (/\s/.test(this.#text.charAt(from))) from++
    tokenPattern.lastIndex = from
    const match = tokenPattern.exec(this.#text)
    if (!match?.groups) return undefined
    const kind = (['number', 'function', 'letter', 'symbol'] as const).find((name) => match.groups?.[name])
    return kind && { kind, text: match[0], at: from, end: from + match[0].length }
  }

  #take(token: Token): void {
    this.#at = token.end
  }

  /** Tries to parse more. When that fails, the state is restored, so that the expression ends before this part. */
  #attempt(parse: () => BoundedExpression | undefined): BoundedExpression | undefined {
    const { end, operations, largest } = this
    const [at, depth] = [this.#at, this.#depth]
    const found = parse()
    if (found === undefined) {
      Object.assign(this, { end, operations, largest })
      this.#at = at
      this.#depth = depth
    }
    return found
  }

  #sized(python: string, size: number): BoundedExpression {
    if (!(size <= this.largest)) this.largest = size
    return { python, size }
  }

  #chain(
    parse: () => BoundedExpression | undefined,
    operator: (token: Token) => string | undefined,
  ): BoundedExpression | undefined {
    let whole = parse()
    while (whole !== undefined) {
      const before: BoundedExpression = whole
      const more = this.#attempt(() => {
        const token = this.#peek()
        const sign = token && operator(token)
        if (!token || sign === undefined) return undefined
        if (sign !== '') this.#take(token)
        const next = parse()
        if (next === undefined) return undefined
        this.operations++
        return this.#sized(before.python + (sign || '*') + next.python, sizeOf(sign.trim(), before, next))
      })
      if (more === undefined) break
      whole = more
    }
    return whole
  }

  /** Whether two parts are multiplied, as in `3x`, `2(x + 1)` and `2 x`, but not in `a 3` and `3 I think`. */
  #impliesProduct(token: Token): boolean {
    const spaced = token.at > this.#at
    const before = this.#text.charAt(this.#at - 1)
    if (token.kind === 'symbol') return token.text === '(' && (!spaced || /\d/.test(before))
    if (token.kind === 'number') return false
    if (token.kind === 'letter' && /^[aI]$/.test(token.text)) return !spaced && /[\d)]/.test(before)
    return !spaced || /\d/.test(before)
  }

  #power(): BoundedExpression | undefined {
    if (++this.#depth > maxDepth) return undefined
    const base = this.#signed()
    const exponent =
      base &&
      this.#attempt(() => {
        const token = this.#peek()
        if (token?.text !== '^' && token?.text !== '**') return undefined
        this.#take(token)
        this.operations++
        return this.#power()
      })
    this.#depth--
    if (!base || !exponent) return base
    const grown = exponent.negative ? 0 : exponent.size > 9 ? Infinity : base.size * 10 ** exponent.size
    return this.#sized(`${base.python}**${exponent.python}`, Math.max(base.size > 0 ? grown : 0, 0))
  }

  #signed(): BoundedExpression | undefined {
    const token = this.#peek()
    if (token?.text !== '-') return this.#factorial()
    this.#take(token)
    const value = this.#power()
    return value && { ...this.#sized(`-${value.python}`, value.size), negative: true }
  }

  #factorial(): BoundedExpression | undefined {
    const value = this.#primary()
    const token = this.#peek()
    if (value === undefined || token?.text !== '!' || token.at > this.#at) return value
    if (this.#text.charAt(token.end) === '=') return value
    this.#take(token)
    this.end = this.#at
    this.operations++
    return this.#sized(`factorial(${value.python})`, sizeOfFactorial(value.size))
  }

  #primary(): BoundedExpression | undefined {
    const token = this.#peek()
    if (!token) return undefined
    this.#take(token)
    const part = this.#atom(token)
    if (part !== undefined) this.end = this.#at
    return part
  }

  #atom({ kind, text }: Token): BoundedExpression | undefined {
    if (kind === 'number') {
      const number = text.replace(/^0+(?=\d)/, '')
      return this.#sized(number, Math.max(Math.log10(Number(number)), -20))
    }
    if (kind === 'letter') {
      // The letter e is Euler's number only when it is raised to a power.
      if (text === 'e' && /^(\^|\*\*)$/.test(this.#peek()?.text ?? '')) return { python: 'e', size: 0.5 }
      this.unknowns.add(text)
      return { python: text, size: 2 }
    }
    if (kind === 'function') return this.#applied(text.toLowerCase())
    if (text !== '(') return undefined
    const inner = this.#nested()
    return inner && this.#closes() ? { ...inner, python: `(${inner.python})` } : undefined
  }

  #nested(): BoundedExpression | undefined {
    if (++this.#depth > maxDepth) return undefined
    const inner = this.sum()
    this.#depth--
    return inner
  }

  #closes(): boolean {
    const token = this.#peek()
    if (token?.text !== ')') return false
    this.#take(token)
    return true
  }

  #applied(name: string): BoundedExpression | undefined {
    if (name === 'pi') return { python: 'pi', size: 0.5 }
    this.operations++
    const python = name === 'ln' ? 'log' : name
    const token = this.#peek()
    if (token?.text !== '(') {
      const value = this.#power()
      return value && this.#sized(`${python}(${value.python})`, sizeOfCall(name, [value]))
    }
    this.#take(token)
    const given: BoundedExpression[] = []
    for (let more = true; more;) {
      const value = this.#nested()
      if (value === undefined) return undefined
      given.push(value)
      const next = this.#peek()
      more = next?.text === ','
      if (more && next) this.#take(next)
    }
    if (!this.#closes()) return undefined
    return this.#sized(`${python}(${given.map((part) => part.python).join(', ')})`, sizeOfCall(name, given))
  }
}

/** Replaces numbers by exact fractions when Python would calculate with floats otherwise. */
export function exact(python: string): string {
  return /[/.]/.test(python)
    ? python.replaceAll(/(?<![\w.])\d+(\.\d+)?(e[+-]?\d+)?/gi, (number) => `F('${number}')`)
    : python
}
