import type { DatabaseSync } from 'node:sqlite'

/** What a list may be read by, from the cursor on and in the order of the list. Nothing else may: it grows with the project. */
const ofManyRows = new Set(['project', 'api', 'status', 'stored', 'part', 'removed', 'withdrawn'])

/**
 * The steps of SQLite's plan for a statement that read a whole table, or all that a project has of one. A list may, in the order
 * of an index, because it stops at its limit.
 */
export function growingReads(database: DatabaseSync, sql: string, { isList = false } = {}): string[] {
  if (!/^\s*(select|with|insert|update|delete)\b/.test(sql)) return []
  const steps = database
    .prepare(`explain query plan ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
  // What is computed within the statement is as small as what it is computed from.
  const computed = new Set(
    steps.flatMap((step) => /^(?:CO-ROUTINE|MATERIALIZE) (\w+)$/.exec(step)?.[1] ?? []),
  )
  const isSorted = steps.some((step) => step === 'USE TEMP B-TREE FOR ORDER BY')
  return steps.filter((step) => {
    const scanned = /^SCAN (\w+)/.exec(step)?.[1]
    if (scanned !== undefined) return !computed.has(scanned) && !isSmall(step)
    const [, table = '', columns] = /^SEARCH (\w+) .*\((.*)\)/.exec(step) ?? []
    const isWide = columns?.split(' AND ').every((column) => ofManyRows.has(column.replace(/=\?$/, '')))
    return isWide && !ofFewRows.has(table) && !(isList && !isSorted)
  })
}

/** Of these a project has a few, which are all looked at. */
const ofFewRows = new Set(['webhook_endpoints'])

/** Rows that are given in the statement, and what SQLite notes of its tables. */
const isSmall = (step: string): boolean =>
  /^SCAN (CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES CLAUSE|sqlite_sequence)$/.test(step)
