const scripts = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Hebrew', 'Arabic'].map((name) => ({
  name,
  pattern: new RegExp(`\\p{Script=${name}}`, 'gu'),
}))
const hangul = /[\uac00-\ud7a3]/g

/**
 * The minimum number of such syllables when there is no other text. In real Korean, only one syllable in eight looks
 * like this.
 */
const enoughAlone = 8
const enoughBeside = 2
/** The minimum number of other letters from which the script of the document is known. */
const enoughOthers = 20
const dominant = 0.8

/**
 * Corrects the pages of a document whose fonts map to bytes of UTF-8 where UTF-16 is required. For example, `д` is D0
 * B4 in UTF-8, and D0B4 is a Korean syllable in UTF-16. The pages are corrected when all Korean syllables of the
 * document are such pairs and give letters of one script, which is also the script of the other text if there is any.
 */
export function withoutMistakenHangul(pages: string[]): string[] {
  const syllables = pages.flatMap((page) => page.match(hangul) ?? [])
  if (syllables.length < enoughBeside) return pages
  const decoded = syllables.map(letterOf)
  if (decoded.some((letter) => letter === undefined)) return pages
  const meant = scriptOf(decoded.join(''))
  const rest = pages.map((page) => page.replaceAll(hangul, ' ')).join(' ')
  const others = scriptOf(rest)
  if (!meant || meant.letters < syllables.length * dominant) return pages
  const fits = others && others.letters >= enoughOthers ? others.name === meant.name : false
  if (syllables.length < (fits ? enoughBeside : enoughAlone)) return pages
  return pages.map((page) => page.replaceAll(hangul, (syllable) => letterOf(syllable) ?? syllable))
}

/** The letter that the two bytes of a syllable are in UTF-8. Undefined when they are not valid. */
function letterOf(syllable: string): string | undefined {
  const code = syllable.charCodeAt(0)
  const [first, second] = [code >> 8, code & 0xff]
  const isPair = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf
  return isPair ? String.fromCharCode(((first & 0x1f) << 6) | (second & 0x3f)) : undefined
}

/** The script of most letters, with their number. */
function scriptOf(text: string): { name: string; letters: number } | undefined {
  const counts = scripts.map(({ name, pattern }) => ({ name, letters: text.match(pattern)?.length ?? 0 }))
  return counts.filter(({ letters }) => letters > 0).toSorted((a, b) => b.letters - a.letters)[0]
}
