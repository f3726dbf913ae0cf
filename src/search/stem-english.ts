/**
 * The English stemmer of Snowball ("Porter 2", snowballstem.org/algorithms/english/stemmer.html), written from its
 * description. The English stemmers on npm implement the older Porter algorithm, which turns "acquisition" into
 * "acquisi".
 */
export function stemEnglish(given: string): string {
  if (given.length <= 2) return given
  const whole = exceptions.get(given)
  if (whole !== undefined) return whole
  // A y that is a consonant is written as Y until the end.
  let word = given.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y')
  const { r1, r2 } = regions(word)

  word = dropPlural(word)
  if (afterPlural.has(word)) return word.toLowerCase()
  word = dropEdAndIng(word, r1)
  if (word.length > 2 && /[^aeiouy][yY]$/.test(word)) word = `${word.slice(0, -1)}i`
  word = shorten(word, r1, steps2)
  word = shorten(word, r1, steps3, r2)
  return dropE(dropLast(word, r2), r1, r2).toLowerCase()
}

const exceptions = new Map<string, string>([
  ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word): [string, string] => [
    word,
    word,
  ]),
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
])

const afterPlural = new Set([
  'inning',
  'outing',
  'canning',
  'herring',
  'earring',
  'proceed',
  'exceed',
  'succeed',
])

/**
 * The start of the two regions in which endings are removed. The first begins after the first consonant that follows a
 * vowel, the second after the next one within the first region.
 */
function regions(word: string): { r1: number; r2: number } {
  const special = /^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)/.exec(word)
  const r1 = special ? special[0].length : afterVowelAndConsonant(word, 0)
  return { r1, r2: afterVowelAndConsonant(word, r1) }
}

function afterVowelAndConsonant(word: string, from: number): number {
  let at = from
  while (at < word.length && !isVowel(word[at])) at++
  while (at < word.length && isVowel(word[at])) at++
  return Math.min(at + 1, word.length)
}

const isVowel = (letter: string | undefined) => letter !== undefined && 'aeiouy'.includes(letter)
const hasVowel = (text: string) => /[aeiouy]/.test(text)

/**
 * Whether a word ends with a short syllable: a vowel between consonants, of which the last is not w, x or Y, or a vowel
 * and a consonant that are the whole word, or "past".
 */
const endsShort = (word: string) =>
  /[^aeiouy][aeiouy][^aeiouywxY]$/.test(word) || /^[aeiouy][^aeiouy]$/.test(word) || word === 'past'

function dropPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1)
  if (/(?:us|ss)$/.test(word)) return word
  if (word.endsWith('s') && hasVowel(word.slice(0, -2))) return word.slice(0, -1)
  return word
}

function dropEdAndIng(word: string, r1: number): string {
  const eed = /eed(?:ly)?$/.exec(word)
  if (eed) return eed.index >= r1 ? word.slice(0, eed.index + 2) : word
  const ending = /(?:ed|edly|ing|ingly)$/.exec(word)
  if (!ending) return word
  const stem = word.slice(0, ending.index)
  if (ending[0] === 'ing' && /^[^aeiouy]y$/i.test(stem)) return `${stem.slice(0, -1)}ie`
  if (!hasVowel(stem)) return word
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return /^[aeo].{2}$/.test(stem) ? stem : stem.slice(0, -1)
  return r1 >= stem.length && endsShort(stem) ? `${stem}e` : stem
}

/** The longest endings are first, because only the longest ending that matches is used. */
type Ending = [ending: string, replacement: string, condition?: RegExp]

const steps2: Ending[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['ogist', 'og'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['ogi', 'og', /l$/],
  ['li', '', /[cdeghkmnrt]$/],
]

const steps3: Ending[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ative', ''],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
]

function shorten(word: string, r1: number, steps: Ending[], r2?: number): string {
  for (const [ending, replacement, condition] of steps) {
    if (!word.endsWith(ending)) continue
    const stem = word.slice(0, -ending.length)
    if (stem.length < r1 || (condition && !condition.test(stem))) return word
    if (ending === 'ative' && r2 !== undefined && stem.length < r2) return word
    return stem + replacement
  }
  return word
}

const lastEnding = /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|ion|al|er|ic)$/

function dropLast(word: string, r2: number): string {
  const ending = lastEnding.exec(word)
  if (!ending || ending.index < r2) return word
  const stem = word.slice(0, ending.index)
  return ending[0] === 'ion' && !/[st]$/.test(stem) ? word : stem
}

function dropE(word: string, r1: number, r2: number): string {
  const stem = word.slice(0, -1)
  if (word.endsWith('e')) return stem.length >= r2 || (stem.length >= r1 && !endsShort(stem)) ? stem : word
  if (word.endsWith('ll') && stem.length >= r2) return stem
  return word
}
