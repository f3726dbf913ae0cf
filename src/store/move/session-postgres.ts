import type { Client, QueryArrayResult } from 'pg'
import type { Value } from '../database.ts'
import { asDatabaseError, connectAlone } from '../postgres/connection.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { batchBytes, batchRows, columnList, type Session } from './session.ts'
import { numberOf, type Column, type Row, type Table } from './tables.ts'

/** A schema of PostgreSQL. Throws DatabaseUnavailable. */
export async function openPostgresSession(settings: PostgresSettings): Promise<Session> {
  // A pooler would give each transaction another session.
  const client = await connectAlone(
    { ...settings, statementTimeoutMs: 0 },
    settings.listenUrl ?? settings.url,
  )
  const query = (sql: string, ...values: Value[]) => {
    let count = 0
    return run(
      client,
      sql.replaceAll('?', () => `$${++count}`),
      values,
    )
  }
  const sequenceOf = (table: Table) => sequence(query, table)
  const session: Session = {
    kind: 'postgres',
    query,
    read: (table) => read(client, table),
    async insert({ name, columns }, rows) {
      const arrays = columns.map((_, at) => rows.map((row) => forDriver(row[at] ?? null)))
      const types = columns.map(({ type }, at) => `$${at + 1}::${typeNames[type]}[]`)
      await run(
        client,
        `insert into ${name} (${columnList(columns.map((column) => column.name))}) select * from unnest(${types.join(', ')})`,
        arrays,
      )
    },
    tableNames: async () =>
      (await query('select tablename from pg_tables where schemaname = ?', settings.schema)).map(([name]) =>
        String(name),
      ),
    async clear(tables) {
      await query(`truncate ${tables.map(({ name }) => name).join(', ')}`)
    },
    async highestNumber(table) {
      const [[highest] = []] = await query(`select coalesce(max(${numberOf(table)}), 0) from ${table.name}`)
      const { name, increment } = await sequenceOf(table)
      const [[given] = []] = await query(
        `select case when is_called then last_value + ${increment - 1} else 0 end from ${name}`,
      )
      return Math.max(Number(highest), Number(given))
    },
    async continueAfter(table, highest) {
      const { name } = await sequenceOf(table)
      await query('select setval(cast(cast(? as text) as regclass), ?, false)', name, highest + 1)
    },
    async settle(tables) {
      await query(`analyze ${tables.map(({ name }) => name).join(', ')}`)
      await query('set synchronous_commit = on')
    },
    async [Symbol.asyncDispose]() {
      await client.end()
    },
  }
  return session
}

const typeNames = { integer: 'bigint', text: 'text', blob: 'bytea' } satisfies Record<Column['type'], string>

const forDriver = (value: Value) =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value

const run = async (client: Client, text: string, values: unknown[]): Promise<Row[]> => {
  const { rows }: QueryArrayResult<Row> = await asDatabaseError(
    client.query<Row>({ text, values, rowMode: 'array' }),
  )
  return rows
}

/** What gives the rows of a table their numbers, and how many numbers it gives at a time. */
async function sequence(query: Session['query'], table: Table): Promise<{ name: string; increment: number }> {
  const [[name, increment] = []] = await query(
    `select cast(seqrelid::regclass as text), seqincrement from pg_sequence
     where seqrelid = cast(pg_get_serial_sequence(?, ?) as regclass)`,
    table.name,
    numberOf(table) ?? '',
  )
  return { name: String(name), increment: Number(increment) }
}

/** The size of each row is asked with it, so that as many come at a time as have room in memory. */
async function* read(client: Client, { name, columns, key }: Table): AsyncGenerator<Row[]> {
  const names = columnList(columns.map((column) => column.name))
  const order = columnList(key)
  const sizes = columns.flatMap((column) =>
    column.type === 'integer' ? [] : [`coalesce(octet_length("${column.name}"), 0)`],
  )
  const marks = key.map((_, at) => `$${at + 1}`).join(', ')
  const positions = key.map((one) => columns.findIndex((column) => column.name === one))
  const page = (where: string) =>
    `select ${names} from (
       select ${names}, sum(row_bytes) over (order by ${order}) - row_bytes as bytes_before from (
         select ${names}, ${['0', ...sizes].join(' + ')} as row_bytes from ${name} ${where}
         order by ${order} limit ${batchRows}) as page) as sized
     where bytes_before < ${batchBytes} order by ${order}`
  let rows = await run(client, page(''), [])
  while (rows.length > 0) {
    yield rows
    const last = rows.at(-1) ?? []
    const after = positions.map((at) => last[at])
    rows = await run(client, page(`where (${order}) > (${marks})`), after)
  }
}
