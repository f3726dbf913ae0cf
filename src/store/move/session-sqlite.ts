import { DatabaseSync } from 'node:sqlite'
import type { Value } from '../database.ts'
import { describeDatabaseError } from '../unusable-database.ts'
import { batchBytes, batchRows, columnList, inTransaction, type Session } from './session.ts'
import { numberOf, type Row, type Table } from './tables.ts'

/** A database in a file. What fails is told as a sentence that names the file. */
export function openSqliteSession(file: string): Session {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec('pragma synchronous = normal; pragma foreign_keys = on; pragma temp_store = memory')
  const describe = (error: unknown): unknown => {
    const sentence = describeDatabaseError(error, file)
    return sentence === undefined ? error : new Error(sentence, { cause: error })
  }
  const attempt = async <T>(body: () => T): Promise<T> => {
    try {
      return body()
    } catch (error) {
      throw describe(error)
    }
  }
  const query = (sql: string, ...values: Value[]) =>
    attempt(() => prepare(database, sql).all(...values) as unknown as Row[])
  const session: Session = {
    kind: 'sqlite',
    query,
    async *read(table) {
      try {
        yield* read(database, table)
      } catch (error) {
        throw describe(error)
      }
    },
    insert: (table, rows) => attempt(() => insert(database, table, rows)),
    tableNames: async () =>
      (await query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")).map(
        ([name]) => String(name),
      ),
    async clear(tables) {
      // References would work through rows that go anyway. Inside of a transaction they cannot be switched off.
      await query('pragma foreign_keys = off')
      try {
        await inTransaction(session, () => attempt(() => clear(database, tables)))
      } finally {
        await query('pragma foreign_keys = on')
      }
    },
    async highestNumber(table) {
      const [[highest] = []] = await query(`select coalesce(max(${numberOf(table)}), 0) from ${table.name}`)
      const [[given] = []] = await query('select seq from sqlite_sequence where name = ?', table.name)
      return Math.max(Number(highest), Number(given ?? 0))
    },
    async continueAfter({ name }, highest) {
      // A table without `autoincrement` takes the number after its highest row by itself.
      const [numbered] = await query(
        "select 1 from sqlite_master where name = ? and sql like '%autoincrement%'",
        name,
      )
      if (!numbered) return
      await query('delete from sqlite_sequence where name = ?', name)
      await query('insert into sqlite_sequence (name, seq) values (?, ?)', name, highest)
    },
    async settle() {
      database.exec('pragma synchronous = full')
    },
    async [Symbol.asyncDispose]() {
      if (database.isTransaction) database.exec('rollback')
      database.close()
    },
  }
  return session
}

function insert(database: DatabaseSync, { name, columns }: Table, rows: Row[]): void {
  const names = columnList(columns.map((column) => column.name))
  const statement = database.prepare(
    `insert into ${name} (${names}) values (${columns.map(() => '?').join(', ')})`,
  )
  for (const row of rows) statement.run(...row)
}

/** A statement whose rows are arrays. */
function prepare(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

async function* read(database: DatabaseSync, { name, columns, key }: Table): AsyncGenerator<Row[]> {
  const names = columnList(columns.map((column) => column.name))
  const rows = prepare(database, `select ${names} from ${name} order by ${columnList(key)}`).iterate()
  let batch: Row[] = []
  let bytes = 0
  for (const row of rows as unknown as Iterable<Row>) {
    batch.push(row)
    bytes += sizeOf(row)
    if (bytes < batchBytes && batch.length < batchRows) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

const sizeOf = (row: Row) => row.reduce<number>((sum, value) => sum + sizeOfValue(value), 0)

const sizeOfValue = (value: Value) =>
  typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 8

/** Triggers would work through rows that go anyway. */
function clear(database: DatabaseSync, tables: Table[]): void {
  const triggers = prepare(database, "select name, sql from sqlite_master where type = 'trigger'").all()
  for (const [name] of triggers as unknown as Row[]) database.exec(`drop trigger ${String(name)}`)
  for (const { name } of tables) database.exec(`delete from ${name}`)
  database.exec('delete from sqlite_sequence')
  for (const [, sql] of triggers as unknown as Row[]) database.exec(String(sql))
}
