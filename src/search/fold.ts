/** Letters that people write as others when their keyboard has not got them, and that Unicode does not take apart. */
const written: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  ł: 'l',
  ı: 'i',
}
/** The same of letters that no language with a stemmer has, or whose stemmer takes them so. */
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
 * What has to be one letter before a word is stemmed, since stemmers know one of both: the Russian ё, which is mostly
 * printed as е, the stress marks of dictionaries, and the French œ.
 */
export const foldBeforeStem = (word: string): string =>
  word
    .replaceAll('ё', 'е')
    .replaceAll('œ', 'oe')
    .replaceAll(/(?<=\p{Script=Cyrillic})[\u0300\u0301]/gu, '')

/** The other letters that have to be folded before, or a word's ending would depend on how it is written. */
export const foldForeign = (word: string): string =>
  word.replaceAll(foreignLetters, (letter) => foreign[letter] ?? letter)

/**
 * People leave the accents out of what they look for. Of Latin, Greek, Arabic and Hebrew letters: in other scripts marks
 * make other letters.
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
 * A text without what nobody sees and nobody types: variation selectors, soft hyphens, marks of direction, joiners. Left
 * are those that end a word: the space of no width, and the non-joiner of Persian.
 */
export const plainText = (text: string): string =>
  !/[^\p{ASCII}]/u.test(text)
    ? text
    : text.normalize('NFKC').replaceAll(/(?![\u200b\u200c])\p{DI}|(?<!\p{Script=Arabic})\u200c/gu, '')

/** Digits and letters that Arabic and Persian keyboards have in two forms. */
export const foldLetters = (word: string): string => {
  if (!/[٠-٩۰-۹کی]/.test(word)) return word
  return word
    .replaceAll(/[٠-٩۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 15))
    .replaceAll('ک', 'ك')
    .replaceAll('ی', 'ي')
}

/** As the first version of the index has it: Latin letters without their accents. */
export const foldLatin = (word: string): string =>
  /[^\p{ASCII}]/u.test(word) && latin.test(word) ? word.normalize('NFD').replace(/\p{M}/gu, '') : word
