/** Follows a JSON object while its text arrives. Every character is read once. */
export interface JsonScan {
  push(piece: string): void
  /** True when the text begins with an object and its last bracket has arrived. */
  readonly complete: boolean
}

/** Finds the end of a JSON object, without checking whether its content is valid. */
export function scanJson(): JsonScan {
  let state: 'before' | 'inside' | 'complete' | 'other' = 'before'
  let depth = 0
  let inString = false
  let escaped = false

  function read(char: string): void {
    if (escaped) escaped = false
    else if (inString) {
      if (char === '\\') escaped = true
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) state = 'complete'
  }

  return {
    push(piece) {
      for (let at = 0; at < piece.length && (state === 'before' || state === 'inside'); at++) {
        const char = piece[at]!
        if (state === 'before' && char.trim() !== '') state = char === '{' ? 'inside' : 'other'
        if (state === 'inside') read(char)
      }
    },
    get complete() {
      return state === 'complete'
    },
  }
}
