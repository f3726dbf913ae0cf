import { findDate } from './find-date.ts'
import { typeOf, type Schema } from './schema.ts'
import { overlap, wordsOf } from './words.ts'

const capital = String.raw`\p{Lu}[\p{L}\p{M}\d.'’-]*`
/** Matches names such as "Paris", "New York", "San Francisco, CA" and "Rio de Janeiro". */
const properName = String.raw`${capital}(?:[ ](?:(?:de|of|la|the|von|am)[ ])?${capital})*(?:,[ ][A-Z]{2}\b)?`

/** Capitalized words that begin a sentence or a polite phrase and are not names. */
const noNames = new Set(
  (
    "what what's whats how which who who's where when is are do does can could please tell show give get find look " +
    'without under instead while since after before unless undo remove lookup is are was will if there ' +
    'wie was wer wo wann warum welche welcher welches ist sind kannst kann bitte zeig zeige gib sag schicke sende buche lösche ' +
    'wetter quel quelle quels qui où quand comment combien est peux pouvez donne envoie réserve supprime météo fait il ' +
    'qué quién dónde cuándo cómo cuál cuánto cuántos está puedes dime muestra envía reserva borra elimina clima hace ' +
    'i i’m i’d the a an in for and my hello hi hey thanks will would should book send create add set make call ' +
    'delete cancel order search check compare also then plot solve write it its no yes today tomorrow weather ' +
    'monday tuesday wednesday thursday friday saturday sunday january february march april may june july august ' +
    'september october november december'
  ).split(' '),
)

/** The names in a text, in their order and without duplicates: quoted strings and proper names. */
export function objectsIn(text: string): string[] {
  const pattern = new RegExp(`"([^"]{1,500})"|“([^”]{1,500})”|(?<![\\p{L}\\d])(${properName})`, 'gu')
  const found = [...text.matchAll(pattern)].flatMap((match) => {
    const quoted = match[1] ?? match[2]
    if (quoted !== undefined) return [quoted]
    const words = (match[3] ?? '').split(' ')
    while (words[0] !== undefined && noNames.has(words[0].toLowerCase().replace(/['’]s$|[.'’-]+$/, '')))
      words.shift()
    const name = words
      .join(' ')
      .replace(/['’]s$/, '')
      .replace(/[.'’-]+$/, '')
    return name ? [name] : []
  })
  return [...new Set(found)]
}

/** The part of a text that is the value of a string argument with this name. Undefined when there is none. */
export function findString(
  name: string,
  schema: Schema,
  {
    text,
    today,
    known,
    guess = true,
  }: { text: string; today: Date; known?: Set<string> | undefined; guess?: boolean },
): string | undefined {
  const about = name.toLowerCase()
  const format = typeof schema['format'] === 'string' ? schema['format'] : ''
  if (/date|(^|_)day/.test(`${about} ${format}`)) return findDate(text, today, /date/.test(format))
  if (/(^|_)time$/.test(about) || format === 'time') return /\b\d{1,2}(:\d{2})?\s?([ap]m)?\b/i.exec(text)?.[0]
  if (/e?mail/.test(about) || format === 'email') return /[\w.+-]+@[\w-]+(\.[\w-]+)+/.exec(text)?.[0]
  if (/ur[il]|link/.test(about) || /^ur[il]$/.test(format)) return /https?:\/\/[^\s"'<>)]+/.exec(text)?.[0]
  if (/(^|_)id$|number|code$|sku/.test(about)) {
    const id = /#?\b(?=[\w-]*\d)[\w-]+\b/.exec(text)?.[0].replace('#', '')
    if (id) return id
  }
  if (/symbol|ticker|currency/.test(about)) {
    const short = /\b[A-Z]{2,5}\b/.exec(text)?.[0]
    if (short) return short
  }
  const after = (words: string) =>
    [
      ...text.matchAll(new RegExp(`\\b(?:${words})\\s+(?:the\\s+)?"?(${properName}|[\\w@.-]*[\\w-])`, 'gu')),
    ].at(-1)?.[1]
  if (/from|origin|source|depart/.test(about)) return after('from')
  if (/^to$|dest|recipient|target|arriv/.test(about)) return after('to|into')
  if (/message|body|content|text|note|reason|title|subject/.test(about)) {
    return (
      quoted(text) ??
      /\b(?:saying|says|that|about|titled|called)\s+(.{1,500}?)(?:[.?!](?:\s|$)|$)/i.exec(text)?.[1]
    )
  }
  if (/expression|equation|formula/.test(about)) return /[\d(a-z][\d\s+*/^().=a-z-]*\d\)?/i.exec(text)?.[0]
  if (/quer(y|ies)|question|prompt|input|search|keyword/.test(about))
    return quoted(text) ?? (text.trim() || undefined)
  if (typeOf(schema) === undefined && Object.keys(schema).length === 0) return text.trim() || undefined
  const [first] = objectsIn(text).flatMap((object) => (known ? (spoken(object, known) ?? []) : object))
  if (first !== undefined) return first
  const [, loose] =
    /\b(?:in|for|of|at|near|on|named|called|à|en|für|de)\s+(?:the\s+|my\s+)?([\p{L}\d][\p{L}\d_-]*(?:\s[\p{L}\d][\p{L}\d_-]*)?)\s*[.?!]*$/iu.exec(
      text,
    ) ?? []
  if (!known) return loose
  if (!guess) return loose && spoken(loose, known)
  return (loose && spoken(loose, known)) ?? besideItsName(about, text, known) ?? alone(text, known)
}

/** Words about time and manner, and other words that are never the value of an argument. */
const noObjects = new Set(
  (
    'today tonight tomorrow yesterday now right like outside here there currently moment day week weekend morning evening ' +
    'afternoon later soon going will would should much many really very just some any thing something anything everything all ' +
    'please thanks hi hello hey want need like know check see let find look ask question quickly also again still ' +
    'more less good bad nice heute morgen jetzt bitte gerade aujourd demain maintenant hoy mañana ahora favor not no yes ok'
  ).split(' '),
)

/** The words without those of the function itself. Undefined when no words remain. */
function spoken(words: string, known: Set<string>): string | undefined {
  const own = words.split(' ').filter((word) => {
    const [stem] = wordsOf(word)
    return stem !== undefined && !noObjects.has(word.toLowerCase()) && overlap(new Set([stem]), known) === 0
  })
  return own.join(' ') || undefined
}

/** Finds "bob" in "user bob" for an argument `user_id`. */
function besideItsName(about: string, text: string, known: Set<string>): string | undefined {
  const word = about.replace(/(_?(id|name|number|no))$/, '')
  if (!/^\p{L}{3,30}$/u.test(word)) return undefined
  const [, beside] =
    new RegExp(
      `\\b${word}\\s+(?:named |called |with id |id |number |no\\.? )?([\\p{L}\\d@._-]*[\\p{L}\\d])`,
      'iu',
    ).exec(text) ?? []
  return beside && spoken(beside, known)
}

/**
 * The words of a short text that are not words of the function, before a preposition: "paris" in "paris weather",
 * "milk" in "add milk to the cart".
 */
function alone(text: string, known: Set<string>): string | undefined {
  for (const part of [text.split(/\s(?:to|from|into|in|on|with|at)\s/)[0] ?? '', text]) {
    const words = part.split(/[^\p{L}\d'’-]+/u).filter(Boolean)
    if (words.length > 6) continue
    const own = words.map((word) => !/^\d+$/.test(word) && spoken(word, known) !== undefined)
    const found = words.slice(own.indexOf(true), own.lastIndexOf(true) + 1)
    if (own.includes(true) && found.length <= 4) return found.join(' ')
  }
  return undefined
}

const quoted = (text: string) => /["“]([^"”]{1,2000})["”]/.exec(text)?.[1]
