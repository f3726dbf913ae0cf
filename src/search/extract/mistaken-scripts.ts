const scripts = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Hebrew', 'Arabic'].map((name) => ({
  name,
  pattern: new RegExp(`\\p{Script=${name}}`, 'gu'),
}))
const hangul = /[\uac00-\ud7a3]/g

/** By itself such a text is hardly Korean, of which one syllable in eight is a pair of these bytes. */
const enoughAlone = 8
const enoughBeside = 2
/** Letters of the rest that say what script the document is in. */
const enoughOthers = 20
const dominant = 0.8

/**
 * The pages of a document whose fonts give the bytes of UTF-8 where their maps should have UTF-16: `д` is D0 B4 then, which
 * is the Korean syllable D0B4. Where all syllables of a document are such pairs, and give letters of one script, which is
 * that of the rest if there is one, the maps are not believed.
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

/** What the two bytes of a syllable are in UTF-8. */
function letterOf(syllable: string): string | undefined {
  const code = syllable.charCodeAt(0)
  const [first, second] = [code >> 8, code & 0xff]
  const isPair = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf
  return isPair ? String.fromCharCode(((first & 0x1f) << 6) | (second & 0x3f)) : undefined
}

/** The script that most letters are of. */
function scriptOf(text: string): { name: string; letters: number } | undefined {
  const counts = scripts.map(({ name, pattern }) => ({ name, letters: text.match(pattern)?.length ?? 0 }))
  return counts.filter(({ letters }) => letters > 0).toSorted((a, b) => b.letters - a.letters)[0]
}
