import type { Pdfium } from './pdfium.ts'

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}]/u
const letter = /^[\p{Script=Arabic}\p{Script=Hebrew}]$/u
const alef = /[\u0622\u0623\u0625\u0627]/
const lam = '\u0644'

/**
 * The text of a page of which `text` is what PDFium makes: it turns lines that are written from right to left, and with
 * them the letters that one glyph stands for, so that lam-alef becomes alef-lam. Letters of one glyph begin at one place,
 * which is how they are known; they are turned back.
 */
export function withLigaturesInOrder(pdfium: Pdfium, textPage: number, text: string): string {
  if (!rightToLeft.test(text)) return text
  const { api } = pdfium
  const count = api.FPDFText_CountChars(textPage)
  const signs = Array.from({ length: count }, (_, at) =>
    String.fromCodePoint(Math.min(api.FPDFText_GetUnicode(textPage, at), 0x10ffff)),
  )
  const runs = ligaturesOf(pdfium, textPage, signs)
  // Some programs write such a map from left to right, and then PDFium has put it in order.
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

/** Where two letters or more have one origin, from and to. */
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
