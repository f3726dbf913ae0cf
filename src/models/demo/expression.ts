/** A piece of mathematics found in a text, as Python. */
export interface Expression {
  /** As the user wrote it. */
  text: string
  python: string
  /** Where it ends in the text. */
  end: number
  unknowns: string[]
  operations: number
}

export interface Equation {
  text: string
  left: Expression
  right: Expression
  unknowns: string[]
}

type Token = { kind: 'number' | 'letter' | 'function' | 'symbol'; text: string; at: number; end: number }

const functions =
  'sqrt|asin|acos|atan|sin|cos|tan|log10|log2|log|ln|exp|abs|factorial|floor|ceil|gcd|lcm|round|min|max'
const tokenPattern = new RegExp(
  `(?<number>\\d{1,3}(?:,\\d{3})+(?!\\d)(?:\\.\\d+)?|\\d+(?:\\.\\d+)?|\\.\\d+)` +
    `|(?<function>(?:${functions}|pi)(?![a-z]))|(?<letter>[a-z](?![a-z]))|(?<symbol>\\*\\*|[-+*/^()=!,])`,
  'iy',
)

/** Writes other ways of saying the same as the symbols of a keyboard. */
export function plainMath(text: string): string {
  return text
    .replaceAll(/[−–]/g, '-')
    .replaceAll(/[×·⋅]/g, '*')
    .replaceAll('÷', '/')
    .replaceAll('²', '^2')
    .replaceAll('³', '^3')
    .replaceAll('π', 'pi')
    .replaceAll(/√\s*/g, 'sqrt ')
    .replaceAll(/[`$]|\\[()[\]]/g, ' ')
    .replaceAll(/(?<=\d)\s*[xX]\s*(?=\d)/g, ' * ')
}

/** Every expression and every equation of a text that `plainMath` has been over, longest first found. */
export function findMath(text: string): { equations: Equation[]; expressions: Expression[] } {
  const equations: Equation[] = []
  const expressions: Expression[] = []
  for (let at = 0; at < text.length;) {
    const left = startsWord(text, at) ? parseAt(text, at) : undefined
    if (!left) {
      at++
      continue
    }
    const equals = /^\s*={1,2}\s*/.exec(text.slice(left.end))
    const right = equals && parseAt(text, left.end + equals[0].length)
    if (right) {
      const unknowns = [...new Set([...left.unknowns, ...right.unknowns])].sort()
      equations.push({ text: text.slice(at, right.end).trim(), left, right, unknowns })
      at = right.end
    } else if (left.operations > 0) {
      expressions.push(left)
      at = left.end
    } else at++
  }
  return { equations, expressions }
}

/** Not in the middle of a word or a number. */
function startsWord(text: string, at: number): boolean {
  return !/\s/.test(text.charAt(at)) && !/[a-z0-9.]/i.test(text.charAt(at - 1))
}

/** Deeper nesting than this is nobody's homework, and recursion must end somewhere. */
const deepest = 20

function parseAt(text: string, start: number): Expression | undefined {
  let at = start
  let end = start
  let operations = 0
  let depth = 0
  const unknowns = new Set<string>()

  function peek(): Token | undefined {
    const from = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0)
    tokenPattern.lastIndex = from
    const match = tokenPattern.exec(text)
    if (!match?.groups) return undefined
    const kind = (['number', 'function', 'letter', 'symbol'] as const).find((name) => match.groups?.[name])
    return kind && { kind, text: match[0], at: from, end: from + match[0].length }
  }
  const take = (token: Token) => {
    at = token.end
  }
  /** Tries to go on; when that leads nowhere, the text ends before it. */
  function attempt(parse: () => string | undefined): string | undefined {
    const before = { at, end, operations, depth }
    const found = parse()
    if (found === undefined) ({ at, end, operations, depth } = before)
    return found
  }

  function sum(): string | undefined {
    return chain(product, (token) =>
      token.text === '+' || token.text === '-' ? ` ${token.text} ` : undefined,
    )
  }
  function product(): string | undefined {
    return chain(power, (token) => {
      if (token.text === '*' || token.text === '/') return token.text
      return undefined
    })
  }
  function chain(part: () => string | undefined, operator: (token: Token) => string | undefined) {
    let python = part()
    while (python !== undefined) {
      const more: string | undefined = attempt(() => {
        const token = peek()
        const sign = token && operator(token)
        if (token && sign) take(token)
        else if (part !== power || !token || !impliesProduct(token)) return undefined
        const next = part()
        if (next === undefined) return undefined
        operations++
        return (sign ?? '*') + next
      })
      if (more === undefined) break
      python += more
    }
    return python
  }
  /** `3x`, `2(x + 1)`, `2 x`; but not `a 3` and not `3 I think`. */
  function impliesProduct(token: Token): boolean {
    const spaced = token.at > at
    const before = text.charAt(at - 1)
    if (token.kind === 'symbol') return token.text === '(' && (!spaced || /\d/.test(before))
    if (token.kind === 'number') return false
    if (token.kind === 'letter' && /^[aI]$/.test(token.text)) return !spaced && /[\d)]/.test(before)
    return !spaced || /\d/.test(before)
  }
  function power(): string | undefined {
    if (++depth > deepest) return undefined
    const found = raised()
    depth--
    return found
  }
  function raised(): string | undefined {
    const base = signed()
    if (base === undefined) return undefined
    const exponent = attempt(() => {
      const token = peek()
      if (token?.text !== '^' && token?.text !== '**') return undefined
      take(token)
      operations++
      return power()
    })
    return exponent === undefined ? base : `${base}**${exponent}`
  }
  function signed(): string | undefined {
    const token = peek()
    if (token?.text !== '-') return factorial()
    take(token)
    const value = power()
    return value === undefined ? undefined : `-${value}`
  }
  function factorial(): string | undefined {
    const value = primary()
    const token = peek()
    if (value === undefined || token?.text !== '!' || token.at > at) return value
    take(token)
    end = at
    operations++
    return `factorial(${value})`
  }
  function primary(): string | undefined {
    const token = peek()
    if (!token) return undefined
    take(token)
    let python: string | undefined
    if (token.kind === 'number') python = token.text.replaceAll(',', '').replace(/^0+(?=\d)/, '')
    else if (token.kind === 'letter') {
      python = token.text
      unknowns.add(token.text)
    } else if (token.kind === 'function') python = applied(token.text.toLowerCase())
    else if (token.text === '(') {
      const inner = sum()
      python = inner !== undefined && closes() ? `(${inner})` : undefined
    }
    if (python !== undefined) end = at
    return python
  }
  function closes(): boolean {
    const token = peek()
    if (token?.text !== ')') return false
    take(token)
    return true
  }
  function applied(name: string): string | undefined {
    if (name === 'pi') return 'pi'
    operations++
    const python = name === 'ln' ? 'log' : name
    const token = peek()
    if (token?.text !== '(') {
      const value = power()
      return value === undefined ? undefined : `${python}(${value})`
    }
    take(token)
    const given: string[] = []
    for (let more = true; more;) {
      const value = sum()
      if (value === undefined) return undefined
      given.push(value)
      const next = peek()
      more = next?.text === ','
      if (more && next) take(next)
    }
    return closes() ? `${python}(${given.join(', ')})` : undefined
  }

  const python = sum()
  // A letter in front of a word, or of an apostrophe, was no unknown.
  if (python === undefined || /^[a-z0-9'’_]/i.test(text.slice(end))) return undefined
  return { text: text.slice(start, end).trim(), python, end, unknowns: [...unknowns].sort(), operations }
}

/** Numbers become exact fractions where Python would make floats of them. */
export function exact(python: string): string {
  return /[/.]/.test(python)
    ? python.replaceAll(/(?<![\w.])\d+(\.\d+)?/g, (number) => `F('${number}')`)
    : python
}
