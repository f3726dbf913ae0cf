const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

/**
 * Reads the code out of a code interpreter call while its JSON arguments are still arriving:
 * `{"code": "impo` gives `impo`. Some models write the bare program instead of JSON: it is then the code itself.
 */
export function codeInput() {
  let raw = ''
  /** Where in `raw` the string of "code" goes on; -1 before it has begun. */
  let at = -1
  let code = ''
  let ended = false

  return {
    /** The part of the code that this piece of the arguments adds; possibly none. */
    push(piece: string): string {
      raw += piece
      if (at < 0) {
        const start = /^\s*\{\s*"code"\s*:\s*"/.exec(raw)
        if (!start) return ''
        at = start[0].length
      }
      let added = ''
      while (!ended && at < raw.length) {
        const char = raw[at]
        if (char === '"') {
          ended = true
        } else if (char !== '\\') {
          added += char
          at++
        } else {
          const unicode = raw[at + 1] === 'u'
          if (at + (unicode ? 6 : 2) > raw.length) break
          added += unicode
            ? String.fromCharCode(Number.parseInt(raw.slice(at + 2, at + 6), 16))
            : (escapes[raw[at + 1] ?? ''] ?? raw[at + 1])
          at += unicode ? 6 : 2
        }
      }
      code += added
      return added
    },
    /** What is still missing once all arguments are here, given the whole of them. */
    end(argumentsText: string): string {
      const whole = wholeCode(argumentsText)
      return whole.startsWith(code) ? whole.slice(code.length) : ''
    },
  }
}

/** The code of a finished call's arguments. */
export function wholeCode(argumentsText: string): string {
  try {
    const parsed: unknown = JSON.parse(argumentsText)
    if (typeof parsed === 'string') return parsed
    if (
      parsed !== null &&
      typeof parsed === 'object' &&
      'code' in parsed &&
      typeof parsed.code === 'string'
    ) {
      return parsed.code
    }
  } catch {
    return argumentsText
  }
  return argumentsText
}
