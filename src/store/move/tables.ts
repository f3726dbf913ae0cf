import { DatabaseSync } from 'node:sqlite'
import type { Value } from '../database.ts'
import { migrations } from '../schema-check.ts'

export interface Column {
  name: string
  type: 'integer' | 'text' | 'blob'
}

/** A table as both databases have it. */
export interface Table {
  name: string
  columns: readonly Column[]
  /** The columns of the primary key, in its order. */
  key: readonly string[]
  /** The columns that refer to rows of other tables, where there are any. */
  references?: readonly string[]
}

/** The values of a row, in the order of the columns. */
export type Row = Value[]

/** The column that numbers the rows of a table. Undefined when its key is something else, or the number of another row. */
export const numberOf = ({ columns, key, references }: Table): string | undefined =>
  columns.find(
    ({ name, type }) =>
      type === 'integer' && key.length === 1 && name === key[0] && !references?.includes(name),
  )?.name

/** All tables with data, each one after those that it refers to. They are read from the migrations, so none is forgotten. */
export function listTables(): Table[] {
  using made = new DatabaseSync(':memory:')
  for (const { sql } of migrations('sqlite')) made.exec(sql)
  const named = (sql: string, ...values: string[]) =>
    made.prepare(sql).all(...values) as unknown as { name: string }[]
  const waiting = named(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'migrations' order by name",
  ).map(({ name }) => ({
    table: describe(made, name),
    after: named('select "table" as name from pragma_foreign_key_list(?)', name).map((one) => one.name),
  }))
  const ordered: Table[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ after }) =>
      after.every((other) => ordered.some(({ name }) => name === other)),
    )
    const [found] = waiting.splice(next, 1)
    if (next < 0 || !found) throw new Error('tables refer to each other in a circle')
    ordered.push(found.table)
  }
  return ordered
}

function describe(made: DatabaseSync, name: string): Table {
  const columns = made
    .prepare('select name, lower(type) as type, pk from pragma_table_info(?)')
    .all(name) as unknown as (Column & { pk: number })[]
  const references = made
    .prepare('select "from" as name from pragma_foreign_key_list(?)')
    .all(name) as unknown as { name: string }[]
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  return {
    name,
    columns: columns.map(({ name: column, type }) => ({ name: column, type })),
    key: key.map((column) => column.name),
    references: references.map((column) => column.name),
  }
}
