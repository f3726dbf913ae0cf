import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import { createStoreFixture } from './fixture.ts'
import { readStatements, type Field, type ReadStatement } from './row-types.ts'
import { sqliteOnly } from '../database.ts'

/** The values of a column. */
interface Column {
  type: 'string' | 'number' | 'bytes'
  nullable: boolean
}

const typeOf: Record<string, Column['type']> = { TEXT: 'string', INTEGER: 'number', BLOB: 'bytes' }

/**
 * A `left join` always finds these tables, which the schema cannot express: the request of a run is deleted with its
 * last run.
 */
const alwaysFound = ['run_requests']

test(
  'a row is read as what the schema gives: every field is there, of its type, and null where it may be null',
  sqliteOnly,
  async () => {
    await using schema = await openSchema()
    const statements = readStatements()
    assert.deepEqual(
      statements.flatMap((one) => misread(one, schema.columnsOf(one.sql))),
      [],
    )
    assert.ok(statements.length > 100)
  },
)

test('a row that is misread is found', sqliteOnly, async () => {
  await using schema = await openSchema()
  const sql = 'select id, lease_owner, count(*) as runs from runs'
  const columns = schema.columnsOf(sql)
  const text: Field = { types: new Set(['string']), nullable: false }
  const textOrNull: Field = { ...text, nullable: true }
  const number: Field = { types: new Set(['number']), nullable: false }
  const found = (fields: Record<string, Field>) =>
    misread({ where: 'here', sql, fields: new Map(Object.entries(fields)) }, columns)
  assert.deepEqual(found({ id: text, lease_owner: textOrNull, runs: number }), [])
  assert.deepEqual(found({ ids: text }), [`here: there is no column ids in ${sql}`])
  assert.deepEqual(found({ id: number }), ['here: id is string in the schema, and number in the row'])
  assert.deepEqual(found({ runs: text }), ['here: runs is number in the schema, and string in the row'])
  assert.deepEqual(found({ lease_owner: text }), [
    'here: lease_owner is string or null in the schema, and string in the row',
  ])
})

/** Compares the type of a statement's rows with the schema. Returns the differences as sentences. */
const misread = ({ where, sql, fields }: ReadStatement, columns: Map<string, Column>): string[] =>
  [...fields].flatMap(([name, { types, nullable }]) => {
    const column = columns.get(name)
    if (!column) return [`${where}: there is no column ${name} in ${sql}`]
    if (types.size === 1 && types.has(column.type) && (nullable || !column.nullable)) return []
    const given = describe([column.type], column.nullable)
    return [`${where}: ${name} is ${given} in the schema, and ${describe([...types], nullable)} in the row`]
  })

const describe = (types: string[], nullable: boolean) =>
  [...types, ...(nullable ? ['null'] : [])].join(' or ')

/** The current tables twice: once without rows, and once with one row in each. */
async function openSchema() {
  const [empty, filled] = [await createStoreFixture(), await createStoreFixture()]
  const database = new DatabaseSync(empty.file)
  const withRows = new DatabaseSync(filled.file, { enableForeignKeyConstraints: false })
  withRows.exec('pragma ignore_check_constraints = on')
  const tables = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
  const schema = new Map(tables.map((table) => [table, columnsOfTable(database, table)]))
  for (const [table, columns] of schema) fill(withRows, table, columns)

  return {
    /** The columns of the rows that a statement returns, by name. */
    columnsOf(sql: string): Map<string, Column> {
      const left = [...sql.matchAll(/left join (\w+)/g)].map(([, table]) => table)
      const written = /^\s*(?:insert into|update|delete from)\s+(\w+)/.exec(sql)?.[1]
      return new Map(
        database
          .prepare(sql)
          .columns()
          .map(({ name, column, table }): [string, Column] => {
            // SQLite does not report the table of a column that a writing statement returns.
            const from = table ?? written ?? ''
            const found = schema.get(from)?.get(column ?? name)
            if (!found || (column === null && written === undefined))
              return [name, observed([database, withRows], sql, name)]
            const mayMiss = left.includes(from) && !alwaysFound.includes(from)
            const isThere = sql.includes(`${column ?? name} is not null`)
            return [name, { ...found, nullable: (found.nullable && !isThere) || mayMiss }]
          }),
      )
    },
    async [Symbol.asyncDispose]() {
      database.close()
      withRows.close()
      await Promise.all([empty[Symbol.asyncDispose](), filled[Symbol.asyncDispose]()])
    },
  }
}

function columnsOfTable(database: DatabaseSync, table: string): Map<string, Column> {
  const rows = database.prepare('select name, type, "notnull", pk from pragma_table_info(?)').all(table)
  return new Map(
    rows.map(({ name, type, notnull, pk }) => {
      const found = typeOf[String(type).toUpperCase()]
      if (!found) throw new Error(`what does a column of the type ${type} give?`)
      // SQLite would allow null in a key that is not a number.
      return [String(name), { type: found, nullable: notnull === 0 && pk === 0 }]
    }),
  )
}

/** Inserts a row that most conditions find: every text and number is 1, so that tables join, and no row is removed. */
function fill(database: DatabaseSync, table: string, columns: Map<string, Column>): void {
  const values = [...columns].map(([name, { type }]): SQLInputValue => {
    if (type === 'bytes') return new Uint8Array(1)
    return type === 'string' ? '1' : /removed|withdrawn/.test(name) ? 0 : 1
  })
  const names = [...columns.keys()].map((name) => `"${name}"`)
  database
    .prepare(`insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})`)
    .run(...values)
}

/** The values of an expression, which is not a column: from a table without rows, and from one with a row. */
function observed(databases: DatabaseSync[], sql: string, name: string): Column {
  const marks = sql.split('?').length - 1
  const values = databases.flatMap((database) =>
    database
      .prepare(sql)
      .all(...Array.from({ length: marks }, () => '1'))
      .map((row) => row[name]),
  )
  const types = new Set(
    values
      .filter((value) => value !== null)
      .map((value) => (value instanceof Uint8Array ? 'bytes' : typeof value)),
  )
  const [type, ...others] = types
  // The row of the tables above has no status and no time to come, so some conditions find nothing to observe.
  if (type === undefined && new RegExp(`\\bcount\\([^)]*\\) as ${name}\\b`).test(sql))
    return { type: 'number', nullable: false }
  if (type === undefined && new RegExp(`\\b(?:sum|min)\\((?:bytes|\\w+_at)\\)[^,]* as ${name}\\b`).test(sql))
    return { type: 'number', nullable: true }
  const nullable = values.includes(null)
  if (others.length > 0 || (type === undefined && !nullable))
    throw new Error(`what does ${name} give in ${sql}?`)
  return { type: (type ?? 'string') as Column['type'], nullable }
}
