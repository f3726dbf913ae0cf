const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/' }

/**
 * Parses JSON with the mistakes that models make: line breaks and tabs in strings, single quotes, backslashes that
 * escape nothing, an additional comma, missing closing brackets at the end, or one too many. Returns undefined for
 * anything else, also when a string has no end, because half of a text must not be taken for the whole.
 */
export function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const reader = new Reader(text)
    const value = reader.value(0)
    return reader.atEnd(typeof value === 'object') ? value : undefined
  }
}

/** Reads the escape of a JSON string that begins at `at`. Undefined when it is not complete. */
export function readEscape(text: string, at: number): { char: string; length: number } | undefined {
  const next = text[at + 1]
  if (next === undefined) return undefined
  if (next !== 'u') {
    const known = escapes[next] ?? (/["'\\]/.test(next) ? next : undefined)
    // A backslash that should have been doubled, for example in a regular expression.
    return { char: known ?? `\\${next}`, length: 2 }
  }
  const digits = text.slice(at + 2, at + 6)
  if (digits.length < 4) return undefined
  if (!/^[\da-f]{4}$/i.test(digits)) return { char: '\\u', length: 2 }
  return { char: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 }
}

const maxDepth = 20

class Reader {
  #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** True when everything is read. With `closing`, closing brackets without an opening one are ignored. */
  atEnd(closing: boolean): boolean {
    this.#skip()
    while (closing && /[\s}\]]/.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#at >= this.#text.length
  }

  value(depth: number): unknown {
    this.#skip()
    const char = this.#text[this.#at]
    if (depth > maxDepth) return undefined
    if (char === '{') return this.#object(depth)
    if (char === '[') return this.#array(depth)
    if (char === '"' || char === "'") return this.#string(char)
    const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i.exec(
      this.#text.slice(this.#at, this.#at + 40),
    )
    if (!word) return undefined
    this.#at += word[0].length
    return JSON.parse(word[0].toLowerCase())
  }

  #object(depth: number): Record<string, unknown> | undefined {
    const entries: [string, unknown][] = []
    this.#at++
    while (!this.#closes('}')) {
      const quote = this.#text[this.#at]
      if (quote !== '"' && quote !== "'") return undefined
      const key = this.#string(quote)
      if (key === undefined || !this.#takes(':')) return undefined
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      entries.push([key, value])
      if (!this.#takes(',') && !this.#stops('}')) return undefined
    }
    return Object.fromEntries(entries)
  }

  #array(depth: number): unknown[] | undefined {
    const items: unknown[] = []
    this.#at++
    while (!this.#closes(']')) {
      const item = this.value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      if (!this.#takes(',') && !this.#stops(']')) return undefined
    }
    return items
  }

  #string(quote: string): string | undefined {
    let value = ''
    const plain = quote === '"' ? /[^"\\]*/y : /[^'\\]*/y
    this.#at++
    for (;;) {
      plain.lastIndex = this.#at
      const text = plain.exec(this.#text)?.[0] ?? ''
      value += text
      this.#at += text.length
      const char = this.#text[this.#at]
      if (char === undefined) return undefined
      const escape = char === '\\' ? readEscape(this.#text, this.#at) : { char, length: 1 }
      if (!escape) return undefined
      this.#at += escape.length
      if (char === quote) return value
      value += escape.char
    }
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #takes(char: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  /** True when the bracket or the end of the text comes next. */
  #stops(bracket: string): boolean {
    this.#skip()
    return this.#at >= this.#text.length || this.#text[this.#at] === bracket
  }

  #closes(bracket: string): boolean {
    if (!this.#stops(bracket)) return false
    this.#at++
    return true
  }
}
