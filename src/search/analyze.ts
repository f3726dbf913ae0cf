import { languages, type Language } from './languages.ts'

/** A word and what it is made of: letters, digits and marks, with underscores inside. */
const wordPattern = /[\p{L}\p{N}\p{M}]+(?:_+[\p{L}\p{N}\p{M}]+)*/gu
/** Between the parts of camelCase, of HTTPServer, of fy2018 and of snake_case. */
const partEnd =
  /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L}\p{M}*)(?=\p{N})|(?<=\p{N})(?=\p{L})/u
const plainWord = /^(?:[a-z]+|[A-Z]?[a-z]+|\d+)$/
/** Scripts that are written without spaces. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
const hasUnspaced = new RegExp(unspaced.source, 'u')

/** A run of text without a word end, such as a base64 blob, is no word that anyone looks for. */
const longestWord = 64

/**
 * The words of a text as the index knows them: NFKC, lower case, without stop words, stemmed. A compound name also
 * gives its parts (`parseHttpRequest`, `max_tokens`, `FY2018`), and text without spaces gives pairs of characters.
 * Words that repeat are repeated.
 */
export function analyze(text: string, languageName: string): string[] {
  const language = languages.get(languageName)
  const tokens: string[] = []
  for (const word of words(text)) {
    const token = language ? tokenOf(word, language) : word
    if (token !== '') tokens.push(token)
  }
  return tokens
}

/**
 * The words of a query, each with the forms that it has in the index: one for every language that the store holds.
 * A word that is a stop word in all of them is left out.
 */
export function analyzeQuery(text: string, languageNames: readonly string[]): string[][] {
  const found = languageNames.flatMap((name) => languages.get(name) ?? [])
  const terms: string[][] = []
  for (const word of words(text)) {
    const forms = new Set(found.length > 0 ? found.map((language) => tokenOf(word, language)) : [word])
    forms.delete('')
    if (forms.size > 0) terms.push([...forms])
  }
  return terms
}

/** Lower case, neither stemmed nor sifted. */
function* words(text: string): Generator<string> {
  for (const [word] of text.normalize('NFKC').matchAll(wordPattern)) {
    if (plainWord.test(word)) {
      if (word.length <= longestWord) yield word.toLowerCase()
    } else if (hasUnspaced.test(word)) yield* pairs(word)
    else yield* compound(word)
  }
}

function* compound(word: string): Generator<string> {
  if (word.length <= longestWord) yield word.toLowerCase()
  // Before it is split: the pattern looks back over every mark, which takes the square of their number.
  if (word.length > 4 * longestWord) return
  const parts = word.split(partEnd)
  if (parts.length === 1) return
  for (const part of parts) if (part.length > 1 && part.length <= longestWord) yield part.toLowerCase()
}

function* pairs(word: string): Generator<string> {
  let end = 0
  for (const match of word.matchAll(unspaced)) {
    if (match.index > end) yield* compound(word.slice(end, match.index))
    end = match.index + match[0].length
    const characters = Array.from(match[0])
    if (characters.length === 1) yield match[0]
    for (let at = 1; at < characters.length; at++) yield `${characters[at - 1]}${characters[at]}`
  }
  if (end < word.length) yield* compound(word.slice(end))
}

const stems = new WeakMap<Language, Map<string, string>>()
const mostStems = 50_000

/** Empty for a stop word. */
function tokenOf(word: string, language: Language): string {
  let known = stems.get(language)
  if (!known || known.size >= mostStems) stems.set(language, (known = new Map()))
  let token = known.get(word)
  if (token === undefined) {
    token = language.stopWords.has(word)
      ? ''
      : fold(/^[\p{L}\p{M}]+$/u.test(word) ? language.stem(word) : word)
    known.set(word, token)
  }
  return token
}

/** People leave the accents out of what they look for. Only of Latin letters: elsewhere marks make other letters. */
function fold(word: string): string {
  return /[^\p{ASCII}]/u.test(word) && /^[\p{Script=Latin}\p{M}\p{N}]+$/u.test(word)
    ? word.normalize('NFD').replace(/\p{M}/gu, '')
    : word
}
