import type { Reader, Value } from './database.ts'
import { inList } from './in-list.ts'
import { placeOfDeleted, type Listed } from './tombstones.ts'

/**
 * Selects a part of a list. `after` and `before` are exclusive ids, which may belong to an object that was deleted
 * since.
 */
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

/** Thrown when a cursor was never an id of this list. */
export class UnknownCursor extends Error {
  readonly param: 'after' | 'before'
  readonly id: string
  constructor(param: 'after' | 'before', id: string) {
    super(`unknown cursor ${param}`)
    this.param = param
    this.id = id
  }
}

/** An SQL condition, and the values of its `?`. One that follows others begins with ` and `. */
export interface Condition {
  sql: string
  values: Value[]
}

/** A condition on the rows of a table. */
export interface Where extends Condition {
  /** An SQL expression for the size of a row. Left out when rows cannot be large. */
  bytes?: string
}

/** Where cursors are looked up: in the whole list, without its filters and with objects that have left it. */
export interface Within extends Where {
  /** Where deleted objects of the list are looked up. Left out when there are none. */
  deletedFrom?: Listed
  /** The id under which a deleted object is stored, when its own id is not unique enough. */
  tombstone?: (id: string) => string
}

/**
 * Reads the rows of `table` that satisfy `where`, ordered by `seq`. With only `before`, it returns the `limit` rows
 * nearest to the cursor, still in the requested order. A page with large rows may end before its limit.
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
  const from = `from ${table} where ${conditions.join(' and ')} order by seq ${direction} limit ? + 0`
  const page = (data: Row[], hasMore: boolean) => ({ data: backwards ? data.reverse() : data, hasMore })
  if (where.bytes === undefined) {
    const rows = await db.all<Row>(`select * ${from}`, ...values, query.limit + 1)
    return page(rows.slice(0, query.limit), rows.length > query.limit)
  }
  const found = await db.all<{ seq: number; bytes: number }>(
    `select seq, ${where.bytes} as bytes ${from}`,
    ...values,
    query.limit + 1,
  )
  if (found.length === 0) return page([], false)
  const count = Math.min(query.limit, thatFit(found))
  // By their numbers, so that a filter that few rows pass is not applied to all of them again.
  const numbers = inList(found.slice(0, count).map(({ seq }) => seq))
  const rows = await db.all<Row>(
    `select * from ${table} where seq in (${numbers.marks}) order by seq ${direction}`,
    ...numbers.values,
  )
  return page(rows, found.length > count)
}

/** In bytes. A page ends when it has this size, whatever its limit is, because a message may have 16 MB. */
const maxPageBytes = 8 * 1024 ** 2

/** How many of the rows fit into a page. The first one always does, however large it is. */
export function thatFit(rows: { bytes: number }[]): number {
  let bytes = 0
  const tooMany = rows.findIndex((row, index) => (bytes += row.bytes) > maxPageBytes && index > 0)
  return tooMany < 0 ? rows.length : tooMany
}

async function place(
  db: Reader,
  table: string,
  within: Within,
  param: 'after' | 'before',
  id: string,
): Promise<number> {
  const row = await db.get<{ seq: number }>(
    `select seq from ${table} where id = ? and ${within.sql}`,
    id,
    ...within.values,
  )
  const seq =
    row?.seq ??
    (within.deletedFrom && (await placeOfDeleted(db, within.deletedFrom, within.tombstone?.(id) ?? id)))
  if (seq === undefined) throw new UnknownCursor(param, id)
  return seq
}
