import { closeSync, openSync, rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** An object in the form in which it is imported. */
export interface StagedRecord {
  /** The value of its field `object`. */
  kind: string
  id: string
  /** The thread of a message, the run of a step, or the store of a file. Empty when it belongs to nothing. */
  owner: string
  /** In Unix seconds. 0 when it has none. */
  createdAt: number
  /** True when its source says that its objects are in the order of creation. */
  inOrder: boolean
  /** True when it was in a list of the API, where the newest object is first unless another order was requested. */
  listed: boolean
  /** True when it does not change any more. Of two copies, one that is over is preferred. */
  over: boolean
  /** As JSON text. */
  body: string
}

/**
 * Objects that are being imported. They are stored on disk, because they may need more than the memory and arrive in
 * any order.
 */
export interface StagedRecords extends Disposable {
  /**
   * Adds records. A record that exists is replaced and keeps its position, unless it is over and the new one is not.
   * Returns the records that existed with another content.
   */
  add(records: StagedRecord[]): StagedRecord[]
  count(kind: string): number
  has(kind: string, id: string): boolean
  /** The body of an object that belongs to nothing. */
  find(kind: string, id: string): string | undefined
  /** All owners of objects of these kinds, in the order in which they were added. */
  owners(...kinds: string[]): Iterable<string>
  /** The objects of one owner, oldest first. Nothing may be added while they are read. */
  read(kind: string, owner: string): Iterable<string>
}

const schema = `
  pragma journal_mode = off; pragma synchronous = off;
  create table records (
    place integer primary key, kind text not null, id text not null, owner text not null,
    created_at integer not null, in_order integer not null, listed integer not null, over integer not null,
    body text not null,
    unique (kind, id, owner)
  );
  create index records_by_place on records (kind, owner, place, created_at, in_order, listed);
  create index records_by_age on records (kind, owner, created_at, place);`

/** `path` is a new file, which is removed when this is disposed of. */
export function openStagedRecords(path: string): StagedRecords {
  closeSync(openSync(path, 'wx', 0o600))
  const database = new DatabaseSync(path)
  database.exec(schema)
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }

  const ofKinds = new Map<string, boolean | undefined>()
  const prevailing = (kind: string) => {
    if (!ofKinds.has(kind)) ofKinds.set(kind, runsBackwards(prepare(`${trend} where kind = ?)`).get(kind)))
    return ofKinds.get(kind)
  }

  /** Whether the existing record has another content. */
  const replace = ({ kind, id, owner, over, body }: StagedRecord): boolean => {
    const key = [kind, id, owner]
    const there = prepare('select over, body from records where kind = ? and id = ? and owner = ?').get(
      ...key,
    )
    if (there?.['over'] === 1 && !over) return false
    const set = prepare('update records set over = ?, body = ? where kind = ? and id = ? and owner = ?')
    set.run(Number(over), body, ...key)
    if (there?.['over'] === 0 && over) return false
    return !sameJson(String(there?.['body']), body)
  }

  return {
    add(records) {
      ofKinds.clear()
      database.exec('begin')
      const insert = prepare(`insert into records (kind, id, owner, created_at, in_order, listed, over, body)
        values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (kind, id, owner) do nothing`)
      const conflicts = records.filter((record) => {
        const { kind, id, owner, createdAt, inOrder, listed, over, body } = record
        const flags = [Number(inOrder), Number(listed), Number(over)]
        const { changes } = insert.run(kind, id, owner, createdAt, ...flags, body)
        return changes === 0 && replace(record)
      })
      database.exec('commit')
      return conflicts
    },
    count: (kind) =>
      Number(prepare('select count(*) as count from records where kind = ?').get(kind)?.['count']),
    has: (kind, id) => prepare('select 1 from records where kind = ? and id = ?').get(kind, id) !== undefined,
    find: (kind, id) =>
      prepare("select body from records where kind = ? and id = ? and owner = ''").get(kind, id)?.['body'] as
        | string
        | undefined,
    *owners(...kinds) {
      const marks = kinds.map(() => '?').join(', ')
      // A new statement each time, because other statements run while it is read.
      const found = database
        .prepare(`select owner, min(place) from records where kind in (${marks}) group by owner order by 2`)
        .iterate(...kinds)
      for (const row of found) yield row['owner'] as string
    },
    *read(kind, owner) {
      const order = orderOf(prepare, { kind, owner }, prevailing)
      const found = database
        .prepare(`select body from records where kind = ? and owner = ? order by ${order}`)
        .iterate(kind, owner)
      for (const row of found) yield row['body'] as string
    },
    [Symbol.dispose]() {
      database.close()
      rmSync(path, { force: true })
    },
  }
}

/** Compares without regard to the order of fields. Objects that are nested too deeply to compare count as different. */
function sameJson(one: string, other: string): boolean {
  try {
    return one === other || isDeepStrictEqual(JSON.parse(one), JSON.parse(other))
  } catch {
    return false
  }
}

/**
 * The order by creation time, to the second. Within one second, the order in which the records were added, or its
 * reverse when the source goes from new to old. This is decided by most neighbours of this owner, then by who speaks
 * first (usually the user), then by most neighbours of all owners, then by what is usual for such a source.
 */
function orderOf(
  prepare: Prepare,
  { kind, owner }: { kind: string; owner: string },
  prevailing: (kind: string) => boolean | undefined,
): string {
  const seen = prepare(`${trend} where kind = ? and owner = ?)`).get(kind, owner)
  if (seen?.['in_order'] === 1 || seen?.['count'] === 1) return 'place'
  const backwards =
    runsBackwards(seen) ??
    beginsWithAnswer(prepare, kind, owner) ??
    prevailing(kind) ??
    seen?.['listed'] === 1
  return `created_at, place ${backwards ? 'desc' : ''}`
}

type Prepare = (sql: string) => StatementSync

const trend = `
  select count(*) as count, min(in_order) as in_order, max(listed) as listed, sum(created_at > before) as rising,
    sum(created_at < before) as falling
  from (
    select created_at, in_order, listed, lag(created_at) over (partition by owner order by place) as before
    from records`

/** Undefined when as many times increase as decrease. */
function runsBackwards(seen: Record<string, unknown> | undefined): boolean | undefined {
  const [rising, falling] = [Number(seen?.['rising']), Number(seen?.['falling'])]
  return rising === falling ? undefined : falling > rising
}

/** Undefined when the first and the last message have the same role, or none. */
function beginsWithAnswer(prepare: Prepare, kind: string, owner: string): boolean | undefined {
  const role = (direction: string) => {
    const row = prepare(
      `select body from records where kind = ? and owner = ? order by place ${direction} limit 1`,
    ).get(kind, owner)
    return (JSON.parse((row?.['body'] as string | undefined) ?? '{}') as { role?: unknown }).role
  }
  const [first, last] = [role('asc'), role('desc')]
  return first === last ? undefined : first === 'assistant'
}
