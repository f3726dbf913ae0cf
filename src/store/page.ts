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
  const range = await rangeOf(db, table, query, within)
  const { data, hasMore } = await rowsBetween<Row>(db, table, where, { range, limit: query.limit })
  return { data: range.backwards ? data.reverse() : data, hasMore }
}

/** Rows between two numbers, neither of which belongs to it, in the direction in which they are read. */
interface Range {
  above: number | undefined
  below: number | undefined
  direction: 'asc' | 'desc'
  /** True when the page ends at its cursor, so that it is read against the requested order. */
  backwards: boolean
}

async function rangeOf(db: Reader, table: string, query: PageQuery, within: Within): Promise<Range> {
  const after = query.after === undefined ? undefined : await place(db, table, within, 'after', query.after)
  const before =
    query.before === undefined ? undefined : await place(db, table, within, 'before', query.before)
  const backwards = before !== undefined && after === undefined
  const direction = (query.order === 'asc') === backwards ? 'desc' : 'asc'
  const [above, below] = query.order === 'asc' ? [after, before] : [before, after]
  return { above, below, direction, backwards }
}

/** Reads up to `limit` rows of a range, in its direction. */
async function rowsBetween<Row>(
  db: Reader,
  table: string,
  where: Where,
  { range: { above, below, direction }, limit }: { range: Range; limit: number },
): Promise<Page<Row>> {
  const conditions = [where.sql]
  const values = [...where.values]
  if (above !== undefined) {
    conditions.push('seq > ?')
    values.push(above)
  }
  if (below !== undefined) {
    conditions.push('seq < ?')
    values.push(below)
  }
  const from = `from ${table} where ${conditions.join(' and ')} order by seq ${direction} limit ? + 0`
  if (where.bytes === undefined) {
    const rows = await db.all<Row>(`select * ${from}`, ...values, limit + 1)
    return { data: rows.slice(0, limit), hasMore: rows.length > limit }
  }
  const sizes = `select seq, ${where.bytes} as bytes ${from}`
  // Most pages are small, and then one statement is enough. The filter is applied once, as it may be slow.
  const together = await db.all<Row>(
    `with sizes as (${sizes}) select * from ${table} where seq in (select seq from sizes)
     and (select sum(bytes) from sizes) <= ${maxPageBytes} order by seq ${direction}`,
    ...values,
    limit + 1,
  )
  if (together.length > 0) return { data: together.slice(0, limit), hasMore: together.length > limit }
  const found = await db.all<{ seq: number; bytes: number }>(sizes, ...values, limit + 1)
  if (found.length === 0) return { data: [], hasMore: false }
  const count = Math.min(limit, thatFit(found))
  // By their numbers, so that a filter that few rows pass is not applied to all of them again.
  const numbers = inList(found.slice(0, count).map(({ seq }) => seq))
  const data = await db.all<Row>(
    `select * from ${table} where seq in (${numbers.marks}) order by seq ${direction}`,
    ...numbers.values,
  )
  return { data, hasMore: found.length > count }
}

/** How many rows are looked at together: few at first, because what is looked for is often among the newest. */
const batches = { first: 25, most: 200 }

/** A condition that SQL cannot check: returns those of the objects that satisfy it, in the same order. */
export type Choose<T> = (objects: T[]) => Promise<T[]> | T[]

/**
 * Reads a page of objects that `show` makes of rows. With `choose`, only of those that it has chosen: it is asked until the
 * page is full, and other requests get a turn after each of its answers.
 */
export async function readChosenPage<Row extends { seq: number }, T extends { seq: number }>(
  db: Reader,
  table: string,
  where: Where,
  query: PageQuery,
  { within, show, choose }: { within: Within; show: (row: Row) => T; choose?: Choose<T> | undefined },
): Promise<Page<T>> {
  if (!choose) {
    const page = await readPage<Row>(db, table, where, query, within)
    return { ...page, data: page.data.map(show) }
  }
  const range = await rangeOf(db, table, query, within)
  const chosen: T[] = []
  let limit = batches.first
  for (;;) {
    const { data, hasMore } = await rowsBetween<Row>(db, table, where, { range, limit })
    chosen.push(...(await choose(data.map(show))))
    const last = data.at(-1)
    if (!hasMore || !last || chosen.length > query.limit) break
    range[range.direction === 'asc' ? 'above' : 'below'] = last.seq
    limit = Math.min(limit * 2, batches.most)
    await new Promise((resume) => setImmediate(resume))
  }
  const data = chosen.slice(0, query.limit)
  return { data: range.backwards ? data.reverse() : data, hasMore: chosen.length > query.limit }
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
