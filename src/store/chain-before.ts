import type { StoredItem } from '../contract/responses/items.ts'
import type { Reader } from './database.ts'
import { hasText, mayHaveMore, portionBytes, portionRows } from './portions.ts'

/** A run of a chain, and where its items were read up to. */
export interface ChainPlace {
  id: string
  /** The number of the oldest item that was read. Undefined where none was. */
  before?: number | undefined
}

interface ChainRow {
  seq: number | null
  body: string | null
  /** The run. */
  of: string
  previous: string | null
}

/** How many runs of a chain are asked for their items together. */
const portionRuns = 100

/**
 * What was said in a run and in those that it goes on with before a place, oldest first: as many items as make a portion. With
 * `containing` only those whose JSON has one of these texts, whatever their case.
 */
export async function chainBefore(
  db: Reader,
  project: string,
  { id, before }: ChainPlace,
  containing: readonly string[],
): Promise<{ items: StoredItem[]; place: ChainPlace | undefined }> {
  const has = hasText('items.body', containing)
  // A run without items has a row as well, so that reading goes on behind it. The range of depths, in which all are, has PostgreSQL
  // expect few runs: it looks up the items of each by their index, and does not read all items, whatever it knows of the tables.
  const rows = await db.all<ChainRow>(
    `with recursive chain (id, run, previous, depth) as (
       select id, seq, previous, 0 from runs where id = ? and project = ?
       union all
       select runs.id, runs.seq, runs.previous, depth + 1 from runs join chain on runs.id = chain.previous
       where runs.project = ? and depth < ${portionRuns - 1}
     ), portion (seq, size, of, previous, depth) as (
       select items.seq, coalesce(octet_length(items.body), 0), chain.id, chain.previous, depth
       from (select * from chain where depth between 0 and ${portionRuns - 1}) as chain
       left join items on items.run = chain.run and part in ('input', 'output')
         and (depth > 0 or items.seq < ?) and ${has.sql}
       order by depth, items.seq desc limit ? + 0
     ) select items.seq, items.body, of, previous from (
       select portion.*, sum(size) over (order by depth, seq desc) as bytes from portion
     ) as sized left join items on items.seq = sized.seq
     where bytes - size < ${portionBytes} order by depth, sized.seq desc`,
    id,
    project,
    project,
    before ?? Number.MAX_SAFE_INTEGER,
    ...has.values,
    portionRows,
  )
  const items = rows.flatMap(({ body }) => (body === null ? [] : [JSON.parse(body) as StoredItem])).reverse()
  return { items, place: placeAfter(rows) }
}

/** Where reading goes on: in the last run, or in the one before it. */
function placeAfter(rows: readonly ChainRow[]): ChainPlace | undefined {
  const last = rows.at(-1)
  if (!last) return undefined
  if (mayHaveMore(rows))
    return last.seq === null ? { id: last.of, before: 0 } : { id: last.of, before: last.seq }
  return last.previous === null ? undefined : { id: last.previous }
}

/** How many runs of a chain are counted at most. The number is only shown. */
const maxCounted = 100_000

/** How many items a chain has before a place. */
export async function countChainBefore(
  db: Reader,
  project: string,
  { id, before }: ChainPlace,
): Promise<number> {
  // The items of each run are counted by themselves, since PostgreSQL may read all items for a join.
  const row = await db.get<{ n: number }>(
    `with recursive chain (run, previous, depth) as (
       select seq, previous, 0 from runs where id = ? and project = ?
       union all
       select runs.seq, runs.previous, depth + 1 from runs join chain on runs.id = chain.previous
       where runs.project = ? and depth < ${maxCounted}
     ) select coalesce(sum((
       select count(*) from items where items.run = chain.run and part in ('input', 'output')
         and (chain.depth > 0 or items.seq < ?)
     )), 0) as n from chain`,
    id,
    project,
    project,
    before ?? Number.MAX_SAFE_INTEGER,
  )
  return row?.n ?? 0
}
