const weekday = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/i
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const monthName = `(?<month>${months.join('|')})[a-z]*\\.?`
const written = new RegExp(
  `\\b(?:(?<d1>\\d{1,2})(?:st|nd|rd|th)?\\s+${monthName}|${monthName}\\s+(?<d2>\\d{1,2})(?:st|nd|rd|th)?)(?:,?\\s+(?<year>\\d{4}))?\\b`,
  'i',
)
const iso = /\b\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?\b/

/** Removes the dates, so that their numbers are not used as amounts. */
export const withoutDates = (text: string) => text.replace(iso, ' ').replace(written, ' ')

/**
 * The date that a text names, as `YYYY-MM-DD`. Without `strictly` it may also be the name of a weekday, as in the text.
 */
export function findDate(text: string, today: Date, strictly: boolean): string | undefined {
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
