import { closeSync, openSync, rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** An object as it came from outside. */
export interface StagedRecord {
  /** What its field `object` says. */
  kind: string
  id: string
  /** The thread of a message, the run of a step, the store of a file; '' where it belongs to nothing. */
  owner: string
  /** Unix seconds; 0 where it has none. */
  createdAt: number
  /** Its source says that it is in the order of creation. */
  inOrder: boolean
  /** It stood in a list object of the API, which has the newest first unless asked otherwise. */
  listed: boolean
  /** Nothing more happens to it: a copy that is over wins over one that is not. */
  over: boolean
  /** As JSON. */
  body: string
}

/** Objects on their way in, on disk: they may be more than memory holds, and come in any order. */
export interface StagedRecords extends Disposable {
  /**
   * One that is there already is replaced and keeps its place, unless it is over and the new one is not. The answer are
   * those that were there with another content, as far along.
   */
  add(records: StagedRecord[]): StagedRecord[]
  count(kind: string): number
  has(kind: string, id: string): boolean
  /** Every owner that objects of these kinds have, in the order in which they came. */
  owners(...kinds: string[]): Iterable<string>
  /** The objects of one owner, the oldest first. Nothing is added while they are read. */
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

/** `path` is a new file, which goes when this is disposed of. */
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

  /** Whether what was there says something else. */
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
    *owners(...kinds) {
      const marks = kinds.map(() => '?').join(', ')
      // A statement of its own each time: others are asked while it is read.
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

/** Whatever the order of its fields. What is nested too deep to compare is another. */
function sameJson(one: string, other: string): boolean {
  try {
    return one === other || isDeepStrictEqual(JSON.parse(one), JSON.parse(other))
  } catch {
    return false
  }
}

/**
 * Along their times, to the second. Those of one second are in the order in which they came, or the other way round
 * where the source runs from new to old: what most neighbours of this owner say, then who speaks first (mostly the
 * user), then what most neighbours of all owners say, then what is usual for such a source.
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

/** Undefined where as many times rise as fall. */
function runsBackwards(seen: Record<string, unknown> | undefined): boolean | undefined {
  const [rising, falling] = [Number(seen?.['rising']), Number(seen?.['falling'])]
  return rising === falling ? undefined : falling > rising
}

/** Undefined where the first and the last are of the same role, or of none. */
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
