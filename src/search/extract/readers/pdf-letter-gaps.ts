import type { Pdfium } from './pdfium.ts'

/** The minimum share of single characters among the words of a line that is set letter by letter. */
const singleShare = 0.8
const minLetters = 5
/** The minimum ratio of a gap between words to a gap between letters. */
const widerBy = 1.6

interface Letter {
  sign: string
  left: number
  right: number
}

/**
 * Writes two spaces between the words of lines that have a gap after every letter. PDFium writes one space for any gap,
 * so that only the positions of the letters show where a word ends.
 */
export function withWordGaps(pdfium: Pdfium, textPage: number, text: string): string {
  const lines = text.split('\n')
  if (!lines.some(isSpaced)) return text
  const known = new Map<string, string>()
  for (const letters of linesOf(pdfium, textPage, text.length)) {
    known.set(letters.map(({ sign }) => sign).join(''), spaced(letters))
  }
  return lines
    .map((line) => (isSpaced(line) ? (known.get(line.replaceAll(/\s/g, '')) ?? line) : line))
    .join('\n')
}

function isSpaced(line: string): boolean {
  const tokens = line.trim().split(/\s+/)
  const singles = tokens.filter((token) =>
    /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]\p{P}?$/u.test(token),
  )
  return singles.length >= minLetters && singles.length >= tokens.length * singleShare
}

/** The letters of each line of the page, with their horizontal positions in points. */
function linesOf(pdfium: Pdfium, textPage: number, maxChars: number): Letter[][] {
  const { api } = pdfium
  const lines: Letter[][] = [[]]
  const address = pdfium.alloc(32)
  try {
    const count = Math.min(api.FPDFText_CountChars(textPage), maxChars)
    for (let at = 0; at < count; at++) {
      const sign = String.fromCodePoint(api.FPDFText_GetUnicode(textPage, at))
      if (sign === '\n') lines.push([])
      if (!sign.trim() || sign === '\0') continue
      api.FPDFText_GetCharBox(textPage, at, address, address + 8, address + 16, address + 24)
      const [left = 0, right = 0] = new Float64Array(api.pdfium.HEAPU8.buffer as ArrayBuffer, address, 2)
      lines.at(-1)?.push({ sign, left, right })
    }
  } finally {
    pdfium.free(address)
  }
  return lines
}

function spaced(letters: Letter[]): string {
  const gaps = letters.slice(1).map(({ left }, at) => left - (letters[at]?.right ?? 0))
  const median = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0
  return letters
    .map(({ sign }, at) => {
      const gap = gaps[at - 1]
      return gap === undefined ? sign : `${gap > median * widerBy ? '  ' : ' '}${sign}`
    })
    .join('')
}
