import type { Database, Value } from '../database.ts'
import type { Row, Table } from './tables.ts'

/** A batch of rows ends after the row with which it has so many bytes. A single row may have 16 MB. */
export const batchBytes = 4_000_000
export const batchRows = 1_000

/** One connection to a database that is moved, or moved to. The same SQL for both kinds, with `?`. */
export interface Session extends AsyncDisposable {
  readonly kind: Database['kind']
  /** Runs a statement and returns its rows. */
  query(sql: string, ...values: Value[]): Promise<Row[]>
  /** The rows of a table in the order of its key, in batches. */
  read(table: Table): AsyncIterable<Row[]>
  insert(table: Table, rows: Row[]): Promise<void>
  /** The names of the tables there, whoever has made them. */
  tableNames(): Promise<string[]>
  /** Removes all rows, without the effects that a removal has otherwise. */
  clear(tables: Table[]): Promise<void>
  /** The highest number that a row of this table has or had. */
  highestNumber(table: Table): Promise<number>
  /** New rows of this table get higher numbers. */
  continueAfter(table: Table, highest: number): Promise<void>
  /** After many rows have come: what is committed next is on disk with all before it, and queries are planned for them. */
  settle(tables: Table[]): Promise<void>
}

/** All or nothing. */
export async function inTransaction<T>(session: Session, body: () => Promise<T>): Promise<T> {
  await session.query('begin')
  try {
    const value = await body()
    await session.query('commit')
    return value
  } catch (error) {
    await session.query('rollback').catch(() => {})
    throw error
  }
}

/** The names of columns, for a statement. */
export const columnList = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')
