import type { Condition } from './page.ts'

/** How many items of a conversation are read together. */
export const portionRows = 200

/** In bytes. Items may have many megabytes, so that a portion ends before its rows do. */
const portionBytes = 8 * 1024 ** 2

/** A row of a portion, with the bytes of all bodies up to it. */
export interface Sized {
  bytes: number
}

/** The first rows of a statement, in its order, that are not beyond the bytes of a portion. There is one at least. */
export const newestThatFit = (sql: string, order: string): string =>
  `select * from (select portion.*, sum(coalesce(octet_length(body), 0)) over (order by ${order}) as bytes
     from (${sql}) as portion) as sized
   where bytes - coalesce(octet_length(body), 0) < ${portionBytes} order by ${order}`

/** Whether rows may have been left out behind these. */
export const mayHaveMore = (rows: readonly Sized[]): boolean =>
  rows.length === portionRows || Number(rows.at(-1)?.bytes ?? 0) >= portionBytes

/** The condition, after others, that a column has one of these texts, whatever their case. There is none without texts. */
export const hasText = (column: string, texts: readonly string[]): Condition => ({
  sql: texts.length === 0 ? '' : ` and (${texts.map(() => `lower(${column}) like ?`).join(' or ')})`,
  values: texts.map((text) => `%${text.toLowerCase()}%`),
})
