import { languageOf } from './language.ts'

const small: Record<string, number> = {}
const lists: [number, string][] = [
  [
    0,
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
      'seventeen eighteen nineteen twenty',
  ],
  [0, 'null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'],
  [0, 'zéro un deux trois quatre cinq six sept huit neuf dix onze douze'],
  [0, 'cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce'],
]
for (const [first, words] of lists) words.split(' ').forEach((word, at) => (small[word] = first + at))
const tens: Record<string, number> = {}
'twenty thirty forty fifty sixty seventy eighty ninety'
  .split(' ')
  .forEach((word, at) => (tens[word] = 10 * (at + 2)))

const unitsOfTens = 'one|two|three|four|five|six|seven|eight|nine'
const written = new RegExp(
  `(?<![\\p{L}\\d])(?:(?<tens>${Object.keys(tens).join('|')})(?:[- ](?<unit>${unitsOfTens}))?|(?<small>${Object.keys(small).join('|')}))(?: (?<hundred>hundred|thousand|million))?(?![\\p{L}\\d])`,
  'giu',
)
const sizes: Record<string, number> = { hundred: 100, thousand: 1000, million: 1_000_000 }
const joins =
  /(?<!\p{L})(plus|minus|times|multiplied|divided|mal|geteilt|fois|moins|divisé|más|menos|por|entre|hundred|thousand|million|percent|squared|cubed|factorial|half|double|twice)(?!\p{L})/iu

/** Replaces numbers in words by digits, when the text describes a calculation in words. */
export function digitsForWords(text: string): string {
  if (!joins.test(text)) return text
  return text.replaceAll(written, (...match) => {
    const groups = match.at(-1) as Record<string, string | undefined>
    const of = (name: string) => groups[name]?.toLowerCase() ?? ''
    const value = (tens[of('tens')] ?? 0) + (small[of('unit')] ?? 0) + (small[of('small')] ?? 0)
    return String(value * (sizes[of('hundred')] ?? 1))
  })
}

/** The beginning of a function call in which commas separate arguments, so that they are not part of a number. */
const openCall = /\b(gcd|lcm|min|max|log|round)\s*\([^()]*$/i

/** Whether the text writes decimals with a comma and thousands with points, as is common in continental Europe. */
export function hasDecimalCommas(text: string): boolean {
  const plain = /(?<![\d.,])(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})(?![\d,]|\.\d)/.exec(text)
  if (plain && !openCall.test(text.slice(0, plain.index))) return true
  return /(?<![\d.,])0,\d+(?![\d,])/.test(text) || languageOf(text) !== 'en'
}

/**
 * Writes numbers as in programming languages: `3,5` becomes `3.5`, `1.234,56` becomes `1234.56`, and `1,000` becomes
 * `1000`.
 */
export function plainNumbers(text: string): string {
  const continental = hasDecimalCommas(text)
  const plain = text
    .replaceAll(/(?<=\d)['’_\u00a0\u202f](?=\d{3}(?!\d))/g, '')
    .replaceAll(/(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])/g, (found) => found.replaceAll('.', ''))
  return plain.replaceAll(/(?<![\d.,])\d+(?:[.,]\d+)+(?![\d,]|\.\d)/g, (found, at: number) => {
    if (openCall.test(plain.slice(0, at))) return found
    if (continental) {
      if (/^\d{1,3}(\.\d{3})+(,\d+)?$/.test(found)) return found.replaceAll('.', '').replace(',', '.')
      return /^\d+,\d+$/.test(found) ? found.replace(',', '.') : found
    }
    return /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(found) ? found.replaceAll(',', '') : found
  })
}
