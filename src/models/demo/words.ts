const empty = new Set(
  (
    'a an the of for in on at to and or is are be it its this that these those with by from as if given get gets ' +
    'set sets fetch return returns returned use used user users current currently what which who how when where ' +
    'please can could you me my i we our your do does tell show give about e g s'
  ).split(' '),
)

/** Words that mean nearly the same, so that "the weather" finds `get_temperature`. */
const alike = [
  'weather temperature forecast warm hot cold degree celsius fahrenheit',
  'rain precipitation umbrella rainy',
  'price cost quote stock',
  'mail email send message notify',
  'time clock hour',
  'buy order purchase',
  'delete remove cancel',
  'add sum plus',
].map((group) => group.split(' '))

/** The words of a text or an identifier that say something, in lower case and without endings. */
export function wordsOf(text: string): Set<string> {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return new Set(words.filter((word) => word && !empty.has(word)).map(stem))
}

const stem = (word: string) =>
  word.length > 4
    ? word
        .replace(/(ies)$/, 'y')
        .replace(/(?<!s)s$/, '')
        .replace(/(ing|ed)$/, '')
    : word

/** How many of the words are among the others: 1 for each that is there, a little less for one that means nearly the same. */
export function overlap(words: Set<string>, others: Set<string>): number {
  let score = 0
  for (const word of words) {
    if (others.has(word)) score++
    else if (alike.some((group) => group.includes(word) && group.some((other) => others.has(stem(other)))))
      score += 0.75
  }
  return score
}
