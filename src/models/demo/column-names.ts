import type { Column } from './table-programs.ts'
import { wordsOf } from './words.ts'

/** Groups of words that mean the same in the name of a column. */
const alike = [
  'sale revenue amount turnover total umsatz betrag income earning spend spent ventas ventes',
  'price cost preis prix precio expensive cheapest cheap',
  'quantity unit count qty sold piece menge anzahl',
  'region area territory',
  'customer client buyer kunde cliente',
  'product item article produkt',
  'date day month year monat jahr mois mes',
  'name person employee who',
  'salary pay wage earn gehalt',
  'city town stadt ville ciudad',
  'score grade point mark',
].map((group) => group.split(' ').map((word) => [...wordsOf(word)][0] ?? word))

/**
 * How well a text names a column: 2 or more when it contains words of the column's name, 1 when it contains only a word
 * with the same meaning, otherwise 0.
 */
export function named(column: Column, text: string): number {
  const said = wordsOf(text)
  const own = [...wordsOf(column.name)]
  const hits = own.filter((word) => said.has(word)).length
  if (hits > 0) return 1 + hits / own.length + hits
  return own.some((word) =>
    alike.some((group) => group.includes(word) && group.some((other) => said.has(other))),
  )
    ? 1
    : 0
}

/** The column that a text names best. Undefined when it names none. */
export function best(columns: Column[], text: string): Column | undefined {
  const [first] = columns.toSorted((a, b) => named(b, text) - named(a, text))
  return first && named(first, text) > 0 ? first : undefined
}
