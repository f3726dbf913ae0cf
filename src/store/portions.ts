import type { Condition } from './page.ts'

/** How many items of a conversation are read together. */
export const portionRows = 200

/**
 * In bytes. Items may have many megabytes, so that a portion ends before its rows do. Statements look for its end by sizes alone:
 * the database would keep all that it compares.
 */
export const portionBytes = 8 * 1024 ** 2

/**
 * What has fewer rows and bytes than this is read in a transaction that others share: they wait for all that it reads, and are given
 * a tenth of a second.
 */
export const shortRows = 10
export const shortBytes = 64 * 1024

/** Whether rows may have been left out behind these. The first one is taken, however large it is. */
export const mayHaveMore = (rows: readonly { body: string | null }[]): boolean =>
  rows.length === portionRows ||
  rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0) >= portionBytes

/** The condition that a column has one of these texts, whatever their case. Without texts every row satisfies it. */
export const hasText = (column: string, texts: readonly string[]): Condition => ({
  sql: texts.length === 0 ? 'true' : `(${texts.map(() => `lower(${column}) like ?`).join(' or ')})`,
  values: texts.map((text) => `%${text.toLowerCase()}%`),
})
