import type { Pdfium } from './pdfium.ts'

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}]/u
const letter = /^[\p{Script=Arabic}\p{Script=Hebrew}]$/u
const alef = /[\u0622\u0623\u0625\u0627]/
const lam = '\u0644'

/**
 * Corrects the text of a page from PDFium. PDFium reverses lines that are written from right to left, and with them the
 * letters of a single glyph, so that lam-alef becomes alef-lam. The letters of one glyph have the same origin. By that
 * they are recognized and put back in order.
 */
export function withLigaturesInOrder(pdfium: Pdfium, textPage: number, text: string): string {
  if (!rightToLeft.test(text)) return text
  const { api } = pdfium
  const count = api.FPDFText_CountChars(textPage)
  const signs = Array.from({ length: count }, (_, at) =>
    String.fromCodePoint(Math.min(api.FPDFText_GetUnicode(textPage, at), 0x10ffff)),
  )
  const runs = ligaturesOf(pdfium, textPage, signs)
  // Some programs write the map of such a glyph in reverse, so that the result of PDFium is already correct.
  if (runs.some(([from, to]) => isLamAlef(signs.slice(from, to)))) return text
  let turned = text
  for (const [from, to] of runs) {
    const written = signs.slice(from, to).join('')
    const at = api.FPDFText_GetTextIndexFromCharIndex(textPage, from)
    if (!turned.startsWith(written, at)) continue
    turned = turned.slice(0, at) + signs.slice(from, to).toReversed().join('') + turned.slice(at + to - from)
  }
  return turned
}

const isLamAlef = ([first = '', second = '']: string[]) => first === lam && alef.test(second)

/** Ranges of two or more letters with the same origin, each with its start and end. */
function ligaturesOf(pdfium: Pdfium, textPage: number, signs: string[]): [number, number][] {
  const place = pdfium.alloc(16)
  try {
    const originOf = (at: number): string => {
      if (!letter.test(signs[at] ?? '')) return ''
      if (!pdfium.api.FPDFText_GetCharOrigin(textPage, at, place, place + 8)) return ''
      return pdfium.text(place, 8)
    }
    const runs: [number, number][] = []
    let from = 0
    let origin = originOf(0)
    for (let at = 1; at <= signs.length; at++) {
      const own = at < signs.length ? originOf(at) : ''
      if (own !== '' && own === origin) continue
      if (at - from > 1 && origin !== '') runs.push([from, at])
      ;[from, origin] = [at, own]
    }
    return runs
  } finally {
    pdfium.free(place)
  }
}
