/**
 * A text in the form in which words are compared: case, accents, widths and invisible characters make no difference. It
 * is done character by character, so a part of a text becomes a part of its form.
 */
function foldText(text: string): string {
  if (!/[^\p{ASCII}]/u.test(text)) return text.toUpperCase()
  return text
    .normalize('NFKD')
    .replaceAll(ignored, '')
    .toUpperCase()
    .replaceAll(/[ŁØĐÆŒ]/g, (letter) => plain[letter] ?? letter)
    .normalize('NFC')
}

/** Letters that Unicode does not decompose, as they are written where a keyboard does not have them. */
const plain: Record<string, string> = { Ł: 'L', Ø: 'O', Đ: 'D', Æ: 'AE', Œ: 'OE' }

/** Marks of Latin, Greek and Cyrillic letters, soft hyphens, and what joins or separates without a width. */
const ignored = /[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/g

/** Words that are looked for together. A word is also found inside of a longer one, because not all scripts have spaces. */
export interface Words {
  /** In the form of `foldText`. */
  folded: readonly string[]
  /** The same as they are in JSON text. */
  inJson: readonly string[]
}

export const toWords = (given: readonly string[]): Words => ({
  folded: given.map(foldText),
  inJson: given.map((word) => foldText(JSON.stringify(word).slice(1, -1))),
})

/** Whether each word is in one of these short texts. */
export function hasWords(texts: readonly (string | null)[], { folded }: Words): boolean {
  const all = foldText(texts.filter((text) => text !== null).join('\n'))
  return folded.every((word) => all.includes(word))
}

/** A shorter one would be the beginning of too many ids. */
const minIdBeginning = 8

/**
 * Chooses the objects that have each word in one of the texts that `texts` takes from them, or whose id begins with the
 * only word. Undefined without words.
 */
export function chooseByWords<T extends { id: string }>(
  given: readonly string[] | undefined,
  texts: (object: T) => (string | null)[],
): ((objects: T[]) => T[]) | undefined {
  if (!given) return undefined
  const words = toWords(given)
  const [id = '', ...others] = given
  const isNamed = (object: T) =>
    others.length === 0 && id.length >= minIdBeginning && object.id.startsWith(id)
  return (objects) => objects.filter((object) => isNamed(object) || hasWords(texts(object), words))
}

/** False when the words cannot be in a text that this JSON contains. Quicker than to read it. */
export function mayHaveWords(json: string, { inJson }: Words): boolean {
  const all = foldText(json)
  return inJson.every((word) => all.includes(word))
}

/** Long texts are looked through in pieces of so many characters. A word is at most as long as the overlap. */
const piece = 100_000
const overlap = 1_024

/** Whether all words are in these texts, which may be long. `turn` is awaited after each piece. */
export async function longHasWords(
  texts: readonly string[],
  { folded }: Words,
  turn: () => Promise<void>,
): Promise<boolean> {
  const missing = new Set(folded)
  for (const text of texts) {
    for (let from = 0; from < text.length; from += piece) {
      const part = foldText(text.slice(from, from + piece + overlap))
      for (const word of missing) if (part.includes(word)) missing.delete(word)
      if (missing.size === 0) return true
      await turn()
    }
  }
  return false
}

/** At most `max` characters from the beginning of a text, in one line. */
export function oneLine(text: string, max: number): string {
  const line = text
    .slice(0, max * 4)
    .replaceAll(/\s+/gu, ' ')
    .trim()
  return line.length <= max && text.length <= max * 4 ? line : `${whole(line.slice(0, max - 1))}…`
}

/** In the text, what is shown before the word that was found. */
const before = 60

/** At most `max` characters around the first of the words, in one line. Undefined when the text has none of them. */
export function aroundWord(text: string, { folded }: Words, max: number): string | undefined {
  for (let from = 0; from < text.length; from += piece) {
    const part = text.slice(from, from + piece + overlap)
    const all = foldText(part)
    const places = folded.map((word) => all.indexOf(word)).filter((at) => at >= 0)
    if (places.length === 0) continue
    const begin = Math.max(from + originalPlace(part, Math.min(...places)) - before, 0)
    if (begin === 0) return oneLine(text, max)
    return `…${oneLine(whole(text.slice(begin, begin + max * 2)), max - 1)}`
  }
  return undefined
}

/** The place in a text that this place in its folded form comes from. */
function originalPlace(text: string, place: number): number {
  let [at, folded] = [0, 0]
  for (const step of [1_000, 1]) {
    for (; at < text.length; at += step) {
      const { length } = foldText(text.slice(at, at + step))
      if (folded + length > place) break
      folded += length
    }
  }
  return at
}

/** Without half of a surrogate pair at its ends. */
const whole = (text: string): string => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
