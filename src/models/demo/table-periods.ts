import { best, named } from './column-names.ts'
import type { Column, Period } from './table-programs.ts'

/** Words for a period, and those that ask for each of them without a preposition. */
const words: [Period, one: string, each: string][] = [
  ['year', 'years?|jahre?|ans?|années?|años?', 'yearly|annual|annually|jährlich|annuel(?:le)?|anual'],
  ['quarter', 'quarters?|quartale?|trimestres?', 'quarterly|quartalsweise|trimestriel(?:le)?|trimestral'],
  ['month', 'months?|monate?|mois|mes(?:es)?', 'monthly|monatlich|mensuel(?:le)?|mensual'],
  ['week', 'weeks?|wochen?|semaines?|semanas?', 'weekly|wöchentlich|hebdomadaire|semanal'],
  ['day', 'days?|tage?|jours?|d[ií]as?', 'daily|täglich|quotidien(?:ne)?|diari[oa]'],
]
const before =
  'by|per|(?:for |in |of )?(?:each|every)|grouped by|over(?: the)?|across|pro|je|nach|par|por|chaque|cada'
const asking =
  'which|what|how many|number of|welche[mnrs]?|wie ?viele|quel(?:le)?s?|combien d.|qué|cuánt[ao]s'

const found = (text: string, pattern: (one: string, each: string) => string) =>
  words.find(([, one, each]) =>
    new RegExp(`(?<!\\p{L})(?:${pattern(one, each)})(?!\\p{L})`, 'iu').test(text),
  )?.[0]

/** The period by which a question groups, as in "per year" and "monthly". */
export const groupingPeriod = (text: string): Period | undefined =>
  found(text, (one, each) => `(?:${before})\\s+(?:${one})|${each}`)

/** The period that a question asks for, as in "which year". */
export const askedPeriod = (text: string): Period | undefined =>
  found(text, (one) => `(?:${asking})\\s*(?:${one})`)

/**
 * The column that tells the period: one that is called by its name, a date that the text names, or the first date.
 * `cut` is whether the column holds dates, of which the period is a part.
 */
export function periodColumn(
  period: Period,
  { text, columns }: { text: string; columns: Column[] },
): { name: string; cut: boolean } | undefined {
  const own = columns.find(
    ({ name, kind }) => kind !== 'date' && [period, `${period}s`].includes(name.toLowerCase()),
  )
  if (own) return { name: own.name, cut: false }
  const dates = columns.filter(({ kind }) => kind === 'date')
  const said = best(
    dates.filter((column) => named(column, text) >= 2),
    text,
  )
  const date = said ?? dates[0]
  return date && { name: date.name, cut: true }
}
