import type { Client } from 'pg'
import type { DatabaseSync } from 'node:sqlite'

/** A table as the statements of servers meet it. */
interface Table {
  columns: Map<string, Column>
  /** Its primary key and its unique indexes: the columns in the order of their names, and the condition. */
  keys: Set<string>
  /** What else a row must fulfil. */
  checks: Set<string>
  /** Tables whose rows this one keeps from being deleted. */
  holds: Set<string>
}

interface Column {
  type: string
  mayBeNull: boolean
  hasDefault: boolean
}

export type Schema = Map<string, Table>

/** Executes statements, and returns the rows of the last one with all values as texts. */
export type Ask = (sql: string) => Promise<Record<string, string | null>[]>

export const askSqlite =
  (database: DatabaseSync): Ask =>
  async (sql) => {
    if (!/^\s*select/i.test(sql)) {
      database.exec(sql)
      return []
    }
    const rows = database.prepare(sql).all()
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
      ),
    )
  }

export const askPostgres =
  (client: Client): Ask =>
  async (sql) =>
    (await client.query<Record<string, string | null>>(sql)).rows

export async function readSqliteSchema(ask: Ask): Promise<Schema> {
  const tables = await ask(
    "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
  )
  const schema: Schema = new Map()
  for (const { name, sql } of tables) {
    const columns = await ask(
      `select name, type, "notnull", dflt_value, pk from pragma_table_info('${name}')`,
    )
    const indexes = await ask(
      `select list.name as name, (select group_concat(name, ', ') from
         (select name from pragma_index_info(list.name) order by name)) as columns, sqlite_master.sql as sql
       from pragma_index_list('${name}') as list left join sqlite_master on sqlite_master.name = list.name
       where list."unique" = 1`,
    )
    const links = await ask(`select "table" as name, on_delete from pragma_foreign_key_list('${name}')`)
    const key = columns.flatMap((one) => (one['pk'] === '0' ? [] : [String(one['name'])]))
    schema.set(String(name), {
      columns: new Map(
        columns.map((one) => [
          String(one['name']),
          {
            type: String(one['type']),
            mayBeNull: one['notnull'] === '0' && one['pk'] === '0',
            hasDefault: one['dflt_value'] !== null || (one['pk'] !== '0' && one['type'] === 'INTEGER'),
          },
        ]),
      ),
      keys: new Set([
        keyOf(key.toSorted().join(', ')),
        ...indexes.map((one) => keyOf(String(one['columns']), / where (.*)/s.exec(one['sql'] ?? '')?.[1])),
      ]),
      checks: new Set(sql?.match(/check\s*\([^;]*?\)/gi)),
      holds: new Set(links.filter((one) => isHeld(one['on_delete'])).map((one) => String(one['name']))),
    })
  }
  return schema
}

const here = 'relnamespace = current_schema()::regnamespace'

export async function readPostgresSchema(ask: Ask): Promise<Schema> {
  const tables = await ask(`select relname as name from pg_class where relkind = 'r' and ${here} order by 1`)
  const columns = await ask(
    `select relname, attname, format_type(atttypid, atttypmod) || coalesce(' ' || collname, '') as type,
       attnotnull::text as required, (atthasdef or attidentity <> '')::text as given
     from pg_class join pg_attribute on attrelid = pg_class.oid left join pg_collation on pg_collation.oid = attcollation
     where relkind = 'r' and ${here} and attnum > 0 and not attisdropped`,
  )
  const keys = await ask(
    `select relname, pg_get_expr(indpred, indrelid) as condition, (select string_agg(part, ', ' order by part)
       from (select pg_get_indexdef(indexrelid, n, true) as part from generate_series(1, indnkeyatts) as n) as parts) as columns
     from pg_index join pg_class on pg_class.oid = indrelid where indisunique and ${here}`,
  )
  const checks = await ask(
    `select relname, pg_get_constraintdef(pg_constraint.oid) as text
     from pg_constraint join pg_class on pg_class.oid = conrelid where contype = 'c' and ${here}`,
  )
  const links = await ask(
    `select pg_class.relname as relname, held.relname as held, confdeltype::text as on_delete from pg_constraint
     join pg_class on pg_class.oid = conrelid join pg_class as held on held.oid = confrelid
     where contype = 'f' and pg_class.${here}`,
  )
  return new Map(
    tables.map(({ name }) => {
      const of = (rows: Record<string, string | null>[]) => rows.filter(({ relname }) => relname === name)
      const table: Table = {
        columns: new Map(
          of(columns).map((one) => [
            String(one['attname']),
            {
              type: String(one['type']),
              mayBeNull: one['required'] === 'false',
              hasDefault: one['given'] === 'true',
            },
          ]),
        ),
        keys: new Set(of(keys).map((one) => keyOf(String(one['columns']), one['condition'] ?? undefined))),
        checks: new Set(of(checks).map((one) => String(one['text']))),
        holds: new Set(of(links).flatMap((one) => (isHeld(one['on_delete']) ? [String(one['held'])] : []))),
      }
      return [String(name), table]
    }),
  )
}

const keyOf = (columns: string, condition?: string) => `(${columns})${condition ? ` where ${condition}` : ''}`

/** Whether a row that is referred to cannot be deleted. */
const isHeld = (onDelete: string | null | undefined) =>
  !['CASCADE', 'SET NULL', 'c', 'n'].includes(onDelete ?? '')

/**
 * Why servers that were written for the schema `before` cannot go on with the schema `after`, in sentences. They name tables, columns
 * and keys, leave out columns that they do not know, and write whatever was allowed.
 */
export function breaksOlderServers(before: Schema, after: Schema): string[] {
  return [
    ...[...before].flatMap(([name, table]) => {
      const now = after.get(name)
      if (!now) return [`the table ${name} is gone or has another name: ${inTwoSteps}`]
      return [...columnsBroken(name, table, now), ...keysBroken(name, table, now)]
    }),
    ...[...after].flatMap(([name, { holds }]) =>
      [...holds]
        .filter((held) => before.has(held) && !before.get(name)?.holds.has(held))
        .map(
          (held) =>
            `${name} keeps rows of ${held} from being deleted, which older servers do: say "on delete cascade" or "on delete set null"`,
        ),
    ),
  ]
}

const inTwoSteps =
  'servers of the version before still name it while they are replaced. Add what is new beside it, and take it away in a later ' +
  'version, when no server is left that names it'

function columnsBroken(name: string, before: Table, after: Table): string[] {
  const changed = [...before.columns].flatMap(([column, was]) => {
    const now = after.columns.get(column)
    const what = `the column ${name}.${column}`
    if (!now) return [`${what} is gone or has another name: ${inTwoSteps}`]
    return [
      ...(now.type === was.type
        ? []
        : [
            `${what} has another type: older servers write and read it as ${was.type}. Add a column of the new type with a default, write ` +
              'both, and read the new one alone in a later version',
          ]),
      ...(was.mayBeNull && !now.mayBeNull
        ? [`${what} may not be null any more, as older servers may write it: say so in a later version`]
        : []),
      ...(was.hasDefault && !now.hasDefault
        ? [
            `${what} has no default any more, and older servers may leave it out: take it away in a later version`,
          ]
        : []),
    ]
  })
  const added = [...after.columns]
    .filter(([column, now]) => !before.columns.has(column) && !now.mayBeNull && !now.hasDefault)
    .map(
      ([column]) =>
        `the new column ${name}.${column} has no default, and older servers leave it out: give it one, or let it be null`,
    )
  return [...changed, ...added]
}

function keysBroken(name: string, before: Table, after: Table): string[] {
  const gone = [...before.keys.difference(after.keys)].map(
    (key) => `${name} has the key ${key} no more, which "on conflict" of older servers names: ${inTwoSteps}`,
  )
  const added = [...after.keys.difference(before.keys), ...after.checks.difference(before.checks)].map(
    (rule) =>
      `${name} has the new rule ${rule}, which rows of older servers may break: let the new version keep to it, and add it in a ` +
      'later one, or to a table of its own',
  )
  return [...gone, ...added]
}
