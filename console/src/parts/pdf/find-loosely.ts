/** As many letters at each end of a passage are enough to find it when something inside of it differs. */
const endLength = 32

/**
 * Where a text is in the characters of a page. Only letters and digits are compared: search reads a page with other
 * blanks, line breaks and hyphens, and without ligatures. Undefined when it is not there.
 */
export function findLoosely(
  characters: readonly string[],
  text: string,
): { start: number; end: number } | undefined {
  let letters = ''
  /** For each letter, the index of its character: a ligature is one character and more letters. */
  const origins: number[] = []
  for (const [index, character] of characters.entries()) {
    const plain = lettersOf(character)
    letters += plain
    for (let at = 0; at < plain.length; at++) origins.push(index)
  }
  const wanted = lettersOf(text)
  if (wanted === '') return undefined
  const whole = letters.indexOf(wanted)
  if (whole !== -1) return { start: origins[whole]!, end: origins[whole + wanted.length - 1]! + 1 }
  const head = letters.indexOf(wanted.slice(0, endLength))
  const tail = letters.indexOf(wanted.slice(-endLength), Math.max(head, 0))
  if (head === -1 || tail === -1) return undefined
  const last = tail + Math.min(endLength, wanted.length) - 1
  return { start: origins[head]!, end: origins[last]! + 1 }
}

const lettersOf = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
