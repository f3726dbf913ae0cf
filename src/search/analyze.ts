import { compoundsOf, endingsOf, splitsOf } from './compounds.ts'
import { foldBeforeStem, foldForeign, foldLatin, foldLetters, foldWord, plainText } from './fold.ts'
import { languages, type Language, type LanguageName } from './languages.ts'
import { charactersOf, hasUnspaced, pairsOf, singleWordsOf, unspaced } from './unspaced.ts'

/** A word: letters, digits and marks, with underscores inside. */
const wordPattern = /[\p{L}\p{N}\p{M}]+(?:_+[\p{L}\p{N}\p{M}]+)*/gu
/** The places where a word is split into parts, as in camelCase, HTTPServer, fy2018 and snake_case. */
const partEnd =
  /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L}\p{M}*)(?=\p{N})|(?<=\p{N})(?=\p{L})/u
const plainWord = /^(?:[a-z]+|[A-Z]?[a-z]+|\d+)$/
/**
 * The maximum length of a word. A longer run of characters, such as a base64 blob, is not indexed because nobody
 * searches for it.
 */
const longestWord = 64

/**
 * Incremented with every change of the terms that a text gets. Stores that were indexed by an earlier version are
 * searched with the terms of that version until they are indexed again (`index-anew.ts`).
 */
const version = 4

/** The name of an analyzer in the index: the language and, since the second version, the version. */
export const analyzerOf = (language: LanguageName): string => `${language}.${version}`

/** Whether the terms were made by an earlier version. */
export const isOutdated = (analyzer: string): boolean => !analyzer.endsWith(`.${version}`)

interface Analyzer {
  language: Language | undefined
  version: number
}

function analyzerNamed(name: string): Analyzer {
  const [language = '', given = '1'] = name.split('.')
  return { language: languages.get(language), version: Number(given) }
}

export interface Analyzed {
  /** All terms, with repetitions. Their number is the length of the text. */
  terms: string[]
  /** Terms that are searchable but do not count for the length: single characters, and the ends of compounds. */
  besides: string[]
}

/**
 * The terms of a text as they are in the index: NFKC, lower case, without stop words, stemmed, without accents. A
 * compound name also gives its parts (`parseHttpRequest`, `max_tokens`, `FY2018`), and text without spaces gives pairs
 * of characters.
 */
export function analyze(text: string, analyzerName: string): Analyzed {
  const analyzer = analyzerNamed(analyzerName)
  const terms: string[] = []
  for (const word of words(text)) {
    const token = tokenOf(word, analyzer)
    if (token !== '') terms.push(token)
  }
  if (analyzer.version === 1) return { terms, besides: [] }
  const besides = charactersOf(text)
  return { terms, besides: analyzer.language?.compounds ? [...besides, ...endingsOf(terms)] : besides }
}

/** For each word of a query, the prefixes in the index of compounds that contain it, in languages with compounds. */
export function analyzeCompounds(text: string, analyzerNames: readonly string[]): string[][] {
  const analyzers = analyzerNames
    .map(analyzerNamed)
    .filter(({ language, version }) => language?.compounds && version > 1)
  if (analyzers.length === 0) return []
  return Array.from(words(text), (word) => [
    ...new Set(analyzers.flatMap((analyzer) => compoundsOf(tokenOf(word, analyzer)))),
  ]).filter((beginnings) => beginnings.length > 0)
}

/** Long words of a query, each with all pairs of words into which it can be split, in languages with compounds. */
export function analyzeParts(
  text: string,
  analyzerNames: readonly string[],
): { forms: string[]; parts: [string, string][] }[] {
  const analyzers = analyzerNames.map(analyzerNamed)
  const compounding = analyzers.filter(({ language, version }) => language?.compounds && version > 1)
  if (compounding.length === 0) return []
  return [...words(text)].flatMap((word) => {
    const parts = compounding.flatMap((analyzer) =>
      splitsOf(word).map(([head, tail]): [string, string] => [
        tokenOf(head, analyzer),
        tokenOf(tail, analyzer),
      ]),
    )
    const forms = analyzeQuery(word, analyzerNames)[0]
    return forms && parts.length > 0 ? [{ forms, parts: parts.filter((pair) => !pair.includes('')) }] : []
  })
}

/**
 * The words of a query, each with its forms in the index. There is a form for every language of the store, because the
 * language of a short query is not known. A word that is a stop word in all of them is left out.
 */
export function analyzeQuery(text: string, analyzerNames: readonly string[]): string[][] {
  const analyzers = analyzerNames.map(analyzerNamed).filter(({ language }) => language !== undefined)
  const known = analyzers.length > 0 ? analyzers : [{ language: undefined, version }]
  const terms: string[][] = []
  for (const word of words(text)) {
    const forms = new Set(
      known.flatMap((analyzer) => [
        tokenOf(word, analyzer),
        ...(analyzer.version === 1 ? [] : (analyzer.language?.spellings?.(word) ?? [])).map((one) =>
          tokenOf(one, analyzer),
        ),
      ]),
    )
    forms.delete('')
    if (forms.size > 0) terms.push([...forms])
  }
  for (const word of singleWordsOf(text)) terms.push([word])
  return terms
}

/** The words of a text, in their original case, not stemmed and including stop words. */
function* words(text: string): Generator<string> {
  for (const [word] of plainText(text).matchAll(wordPattern)) {
    if (plainWord.test(word)) {
      if (word.length <= longestWord) yield word
    } else if (hasUnspaced.test(word)) yield* pairs(word)
    else yield* compound(word)
  }
}

function* compound(word: string): Generator<string> {
  if (word.length <= longestWord) yield word
  // Checked before the split, because the pattern looks back over every mark, which takes quadratic time.
  if (word.length > 4 * longestWord) return
  const parts = word.split(partEnd)
  if (parts.length === 1) return
  for (const part of parts) if (part.length > 1 && part.length <= longestWord) yield part
}

function* pairs(word: string): Generator<string> {
  let end = 0
  for (const match of word.matchAll(unspaced)) {
    if (match.index > end) yield* compound(word.slice(end, match.index))
    end = match.index + match[0].length
    yield* pairsOf(match[0])
  }
  if (end < word.length) yield* compound(word.slice(end))
}

const maxStems = 50_000
/** Stemmed words, by language and version and then by the word. */
const known = new Map<string, Map<string, string>>()

/** The term of a word. Empty for a stop word. */
function tokenOf(given: string, { language, version }: Analyzer): string {
  const word = version >= 3 ? foldLetters(given) : given
  if (!language) {
    const lower = word.toLowerCase()
    return version === 1 ? lower : foldWord(beforeStem(lower, version))
  }
  const key = `${language.name}.${version}`
  let own = known.get(key)
  if (!own || own.size >= maxStems) known.set(key, (own = new Map()))
  let token = own.get(word)
  if (token === undefined) {
    token = version === 1 ? firstToken(word.toLowerCase(), language) : newToken(word, language, version)
    own.set(word, token)
  }
  return token
}

const letters = /^[\p{L}\p{M}]+$/u

const beforeStem = (word: string, version: number) => {
  const folded = foldBeforeStem(word)
  return version >= 4 ? foldForeign(folded) : folded
}

function newToken(given: string, { lower, stopWords, stem, foldsFirst }: Language, version: number): string {
  const word = beforeStem(lower?.(given) ?? given.toLowerCase(), version)
  if (stopWords.has(word)) return ''
  const stemmed = version >= 3 && foldsFirst ? foldWord(word) : word
  return foldWord(letters.test(stemmed) ? stem(stemmed) : stemmed)
}

function firstToken(word: string, { stopWords, stem }: Language): string {
  return stopWords.has(word) ? '' : foldLatin(letters.test(word) ? stem(word) : word)
}
