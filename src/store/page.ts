import type { SQLInputValue } from 'node:sqlite'
import type { Reader } from './database.ts'

/** A cut of a list: `after` and `before` are ids, exclusive, and may belong to something deleted since. */
export interface PageQuery {
  limit: number
  order: 'asc' | 'desc'
  after?: string | undefined
  before?: string | undefined
}

export interface Page<T> {
  data: T[]
  hasMore: boolean
}

/** Thrown when a cursor never was an id of this list. */
export class UnknownCursor extends Error {
  readonly param: 'after' | 'before'
  readonly id: string
  constructor(param: 'after' | 'before', id: string) {
    super(`unknown cursor ${param}`)
    this.param = param
    this.id = id
  }
}

/** Conditions on the rows of a table, and the values of their `?`. */
export interface Where {
  sql: string
  values: SQLInputValue[]
}

/** Where the ids of a list are looked up: in all of it, whatever a filter leaves out or has left out since. */
export interface Within extends Where {
  /** Under which id a row that was deleted is kept, where its own is not enough. */
  tombstone?: (id: string) => string
}

/**
 * The rows of `table` that satisfy `where`, along `seq`. With only `before`, the `limit` rows nearest to the cursor,
 * still in the order asked for.
 */
export async function readPage<Row>(
  db: Reader,
  table: string,
  where: Where,
  query: PageQuery,
  within: Within = where,
): Promise<Page<Row>> {
  const after = query.after === undefined ? undefined : await place(db, table, within, 'after', query.after)
  const before =
    query.before === undefined ? undefined : await place(db, table, within, 'before', query.before)
  const conditions = [where.sql]
  const values = [...where.values]
  const [later, earlier] = query.order === 'asc' ? ['>', '<'] : ['<', '>']
  if (after !== undefined) {
    conditions.push(`seq ${later} ?`)
    values.push(after)
  }
  if (before !== undefined) {
    conditions.push(`seq ${earlier} ?`)
    values.push(before)
  }
  const backwards = before !== undefined && after === undefined
  const direction = (query.order === 'asc') === backwards ? 'desc' : 'asc'
  const rows = await db.all<Row>(
    `select * from ${table} where ${conditions.join(' and ')} order by seq ${direction} limit ? + 0`,
    ...values,
    query.limit + 1,
  )
  const data = rows.slice(0, query.limit)
  return { data: backwards ? data.reverse() : data, hasMore: rows.length > query.limit }
}

async function place(
  db: Reader,
  table: string,
  within: Within,
  param: 'after' | 'before',
  id: string,
): Promise<number> {
  const row =
    (await db.get<{ seq: number }>(
      `select seq from ${table} where id = ? and ${within.sql}`,
      id,
      ...within.values,
    )) ??
    (await db.get<{ seq: number }>('select seq from tombstones where id = ?', within.tombstone?.(id) ?? id))
  if (!row) throw new UnknownCursor(param, id)
  return row.seq
}
