/** Letters that Unicode does not decompose, with what people write when their keyboard does not have them. */
const written: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  ł: 'l',
  ı: 'i',
}
/**
 * More such letters, for words of languages without a stemmer here or with a stemmer that treats them in the same way.
 */
const foreign: Record<string, string> = {
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŋ: 'n',
  ŧ: 't',
  ƒ: 'f',
}
const oneOf = (letters: object) => new RegExp(`[${Object.keys(letters).join('')}]`, 'g')
const writtenOtherwise = oneOf(written)
const foreignLetters = oneOf(foreign)
const latin = /^[\p{Script=Latin}\p{M}\p{N}]+$/u

/**
 * Unifies spellings of which a stemmer knows only one: the Russian ё, which is mostly printed as е, the stress marks of
 * dictionaries, and the French œ.
 */
export const foldBeforeStem = (word: string): string =>
  word
    .replaceAll('ё', 'е')
    .replaceAll('œ', 'oe')
    .replaceAll(/(?<=\p{Script=Cyrillic})[\u0300\u0301]/gu, '')

/** Replaces the other letters before a word is stemmed. Otherwise its ending would depend on the spelling. */
export const foldForeign = (word: string): string =>
  word.replaceAll(foreignLetters, (letter) => foreign[letter] ?? letter)

/**
 * Removes accents, because people leave them out in queries. This applies to Latin, Greek, Arabic and Hebrew letters,
 * since marks in other scripts make different letters.
 */
export function foldWord(word: string): string {
  if (!/[^\p{ASCII}]/u.test(word)) return word
  if (latin.test(word)) {
    const plain = word.normalize('NFD').replace(/\p{M}/gu, '')
    return plain.replaceAll(writtenOtherwise, (letter) => written[letter] ?? letter)
  }
  if (/\p{Script=Greek}/u.test(word)) {
    return word.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ς', 'σ')
  }
  if (/\p{Script=Arabic}/u.test(word)) {
    return word
      .replaceAll(/[\u064b-\u065f\u0670\u0640]/g, '')
      .replaceAll(/[أإآٱ]/g, 'ا')
      .replaceAll('ى', 'ي')
      .replaceAll('ة', 'ه')
  }
  return /\p{Script=Hebrew}/u.test(word) ? word.replaceAll(/[\u0591-\u05c7]/g, '') : word
}

/**
 * The text without invisible characters that nobody types: variation selectors, soft hyphens, marks of direction and
 * joiners. Those that separate words are kept: the zero-width space, and the non-joiner of Persian.
 */
export const plainText = (text: string): string =>
  !/[^\p{ASCII}]/u.test(text)
    ? text
    : text.normalize('NFKC').replaceAll(/(?![\u200b\u200c])\p{DI}|(?<!\p{Script=Arabic})\u200c/gu, '')

/** Unifies digits and letters for which Arabic and Persian keyboards have different characters. */
export const foldLetters = (word: string): string => {
  if (!/[٠-٩۰-۹کی]/.test(word)) return word
  return word
    .replaceAll(/[٠-٩۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 15))
    .replaceAll('ک', 'ك')
    .replaceAll('ی', 'ي')
}

/** The folding of the first version of the index: Latin letters without their accents. */
export const foldLatin = (word: string): string =>
  /[^\p{ASCII}]/u.test(word) && latin.test(word) ? word.normalize('NFD').replace(/\p{M}/gu, '') : word
