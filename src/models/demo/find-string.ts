import { typeOf, type Schema } from './schema.ts'

const capital = String.raw`\p{Lu}[\p{L}\p{M}\d.'’-]*`
/** "Paris", "New York", "San Francisco, CA", "Rio de Janeiro". */
const properName = String.raw`${capital}(?:[ ](?:(?:de|of|la|the|von|am)[ ])?${capital})*(?:,[ ][A-Z]{2}\b)?`

/** Capital letters that begin a sentence or a polite phrase and name nothing. */
const noNames = new Set(
  (
    "what what's whats how which who who's where when is are do does can could please tell show give get find look " +
    'i i’m i’d the a an in for and my hello hi hey thanks will would should book send create add set make call ' +
    'delete cancel order search check compare also then plot solve write it its no yes today tomorrow weather ' +
    'monday tuesday wednesday thursday friday saturday sunday january february march april may june july august ' +
    'september october november december'
  ).split(' '),
)

/** What a text names: quoted strings and proper names, in order and once each. */
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

/** The part of a text that a string argument of this name means; undefined when there is none. */
export function findString(
  name: string,
  schema: Schema,
  { text, today }: { text: string; today: Date },
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
    new RegExp(`\\b(?:${words})\\s+(?:the\\s+)?"?(${properName}|[\\w@.-]+)`, 'u').exec(text)?.[1]
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
  const [first] = objectsIn(text)
  if (first !== undefined) return first
  const [, loose] =
    /\b(?:in|for|of|at|near|on|named|called)\s+(?:the\s+)?([\w-]+(?:\s[\w-]+)?)\s*[.?!]?$/i.exec(text) ?? []
  return loose
}

const quoted = (text: string) => /["“]([^"”]{1,2000})["”]/.exec(text)?.[1]

const weekday = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/i
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const monthName = `(?<month>${months.join('|')})[a-z]*\\.?`
const written = new RegExp(
  `\\b(?:(?<d1>\\d{1,2})(?:st|nd|rd|th)?\\s+${monthName}|${monthName}\\s+(?<d2>\\d{1,2})(?:st|nd|rd|th)?)(?:,?\\s+(?<year>\\d{4}))?\\b`,
  'i',
)
const iso = /\b\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?\b/

/** Takes the dates out, so that their numbers are not taken for amounts. */
export const withoutDates = (text: string) => text.replace(iso, ' ').replace(written, ' ')

/** As `YYYY-MM-DD`; a day of the week as it was said, unless only a date will do. */
function findDate(text: string, today: Date, strictly: boolean): string | undefined {
  const exact = iso.exec(text)?.[0]
  if (exact) return exact
  const inDays = /\b(today|tonight)\b/i.test(text) ? 0 : /\btomorrow\b/i.test(text) ? 1 : undefined
  if (inDays !== undefined) return isoDay(new Date(today.getTime() + inDays * 86_400_000))
  const { d1, d2, month = '', year } = written.exec(text)?.groups ?? {}
  const at = months.indexOf(month.toLowerCase().slice(0, 3))
  if (at >= 0) return isoDay(new Date(Date.UTC(Number(year ?? today.getUTCFullYear()), at, Number(d1 ?? d2))))
  return strictly ? undefined : weekday.exec(text)?.[0]
}

const isoDay = (date: Date) => date.toISOString().slice(0, 10)
