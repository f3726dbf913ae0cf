import type { Database, Reader, Transaction } from './database.ts'

export interface StatementWatch {
  /** A statement, or all of a transaction, took longer than it should. `sql` has no values. */
  slow(sql: string, seconds: number): void
  /** A transaction was committed. */
  committed(seconds: number): void
}

const slowSeconds = 1
const longestSql = 300

/** The same database, of which it is told how long things take. */
export function watchStatements(db: Database, watch: StatementWatch): Database {
  const timed =
    <Args extends unknown[], Result>(statement: (sql: string, ...values: Args) => Promise<Result>) =>
    async (sql: string, ...values: Args): Promise<Result> => {
      const began = performance.now()
      const result = await statement(sql, ...values)
      const seconds = (performance.now() - began) / 1_000
      if (seconds > slowSeconds) watch.slow(sql.replace(/\s+/g, ' ').slice(0, longestSql), seconds)
      return result
    }
  const readerOf = (reader: Reader): Reader => ({
    get: timed((sql, ...values) => reader.get(sql, ...values)) as Reader['get'],
    all: timed((sql, ...values) => reader.all(sql, ...values)) as Reader['all'],
  })
  const transactionOf = (tx: Transaction): Transaction => ({
    ...tx,
    ...readerOf(tx),
    run: timed((sql, ...values) => tx.run(sql, ...values)) as Transaction['run'],
  })
  return {
    ...db,
    leads: () => db.leads(),
    ...readerOf(db),
    async write(body, until) {
      const began = performance.now()
      const value = await db.write((tx) => body(transactionOf(tx)), until)
      watch.committed((performance.now() - began) / 1_000)
      return value
    },
  }
}
