import type { CreatedAt } from '../contract/list-filters.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { RunStatus } from '../contract/run-status.ts'
import type { Reader } from './database.ts'
import { inList } from './in-list.ts'
import { hasStatus, wasCreated } from './list-runs.ts'
import { hasMetadata, runMetadata } from './metadata.ts'
import { readChosenPage, type Choose, type Condition, type Page, type PageQuery } from './page.ts'
import { wholeRuns } from './run-requests.ts'
import { storedRun, type RunRow } from './runs.ts'

export interface ResponseFilter {
  /** Only this response. */
  id?: string | undefined
  /** Only the one with this number. */
  seq?: number | undefined
  status?: RunStatus[] | undefined
  model?: string | undefined
  /** The thread of its conversation, which it may still wait for. */
  thread_id?: string | undefined
  previous?: string | undefined
  has_previous?: boolean | undefined
  created_at?: CreatedAt | undefined
  metadata: Metadata
}

/** Lists the responses of a project that are kept. `choose` is a further condition. */
export async function listResponses(
  db: Reader,
  project: string,
  query: PageQuery & ResponseFilter,
  choose?: Choose<ResponseRecord>,
): Promise<Page<ResponseRecord>> {
  const { id, seq, model, thread_id, previous, has_previous, status } = query
  const ofProject = { sql: "project = ? and api = 'responses' and stored = 1", values: [project] }
  const conditions: Condition[] = [
    ofProject,
    ...(thread_id === undefined ? [] : [await isInThread(db, thread_id)]),
    ...Object.entries({ id, seq, model, previous }).flatMap(([column, value]) =>
      value === undefined ? [] : [{ sql: ` and ${column} = ?`, values: [value] }],
    ),
    ...(has_previous === undefined
      ? []
      : [{ sql: has_previous ? ' and previous is not null' : ' and previous is null', values: [] }]),
    ...(status ? [hasStatus(status)] : []),
    wasCreated(query.created_at),
    hasMetadata(runMetadata, query.metadata),
  ]
  const where = {
    sql: conditions.map(({ sql }) => sql).join(''),
    values: conditions.flatMap(({ values }) => values),
    bytes: `octet_length(request) + octet_length(state)
      + (select coalesce(sum(octet_length(body)), 0) from items where run = whole_runs.seq and part = 'output')`,
  }
  const show = (row: RunRow) => storedRun(row) as ResponseRecord
  return readChosenPage<RunRow, ResponseRecord>(db, wholeRuns, where, query, {
    within: ofProject,
    show,
    choose,
  })
}

/** Reads in the order of an index unless somebody waits for the thread. */
async function isInThread(db: Reader, threadId: string): Promise<Condition> {
  const isAwaited = await db.get('select 1 from waiting_runs where thread_id = ? limit 1', threadId)
  if (!isAwaited) return { sql: ' and thread_id = ?', values: [threadId] }
  const inThread =
    'select seq from runs where thread_id = ? union all select run from waiting_runs where thread_id = ?'
  return { sql: ` and seq in (${inThread})`, values: [threadId, threadId] }
}

/** How many responses go on with each of these, by their ids. */
export async function countFollowers(
  db: Reader,
  project: string,
  ids: string[],
): Promise<Map<string, number>> {
  const wanted = inList(ids)
  // Those of each are counted by themselves and without the index of projects, since PostgreSQL may read all runs for a group, and
  // SQLite all of the project.
  const rows = await db.all<{ id: string; n: number }>(
    `select id, (select count(*) from runs as followers
       where followers.previous = runs.id and followers.project || '' = ? and followers.stored = 1) as n
     from runs where id in (${wanted.marks})`,
    project,
    ...wanted.values,
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}

/** In bytes. A longer message is not read for its beginning. */
const maxRead = 262_144

/** The newest message of the user in the input of each of these runs, by their numbers. */
export async function newestQuestions(db: Reader, runs: number[]): Promise<Map<number, StoredItem>> {
  const wanted = inList(runs)
  const rows = await db.all<{ run: number; body: string }>(
    `select run, body from items where octet_length(body) <= ${maxRead} and seq in
     (select max(seq) from items where run in (${wanted.marks}) and part = 'input' and body like '%"role":"user"%'
       group by run)`,
    ...wanted.values,
  )
  return new Map(rows.map(({ run, body }) => [run, JSON.parse(body) as StoredItem]))
}

const maxChained = 1_000

export interface ChainRow {
  seq: number
  id: string
  previous: string | null
  status: RunStatus
  cancel_requested: number
  model: string
  created_at: number
  /** JSON. */
  state: string
}

/** How many responses of a tree are looked at, from one of them on. */
const maxWalked = 2 * maxChained

/**
 * The responses of a tree that are nearest to one of it, at most `maxChained`, in the order of their creation: first those that
 * it goes on with and those that go on with it, then those beside them. A tree that is larger by far is read neither to its
 * beginning nor to its ends.
 */
export async function responsesOfTree(
  db: Reader,
  project: string,
  { id, seq }: ResponseRecord,
): Promise<Page<ChainRow>> {
  // Without `|| ''` SQLite asks all runs of the project at each step.
  const found = await db.all<ChainRow>(
    `with recursive up (id, previous, depth) as (
       select id, previous, 0 from runs where id = ? and project = ?
       union all
       select runs.id, runs.previous, depth + 1 from runs join up on runs.id = up.previous
       where runs.project = ? and depth < ${maxChained}
     ), down (id, depth) as (
       select id, 0 from up where depth = 0
       union all
       select runs.id, depth + 1 from runs join down on runs.previous = down.id
       where runs.project || '' = ? and depth < ${maxChained}
     ), line (id) as (
       select id from up union select id from (select id from down limit ${maxWalked}) as followers
     ), tree (id, depth) as (
       select id, 0 from up where depth = (select max(depth) from up)
       union all
       select runs.id, depth + 1 from runs join tree on runs.previous = tree.id
       where runs.project || '' = ? and depth < ${maxWalked}
     )
     select seq, id, previous, status, cancel_requested, model, created_at, state from runs
     where project || '' = ? and stored = 1
       and id in (select id from line union all select id from (select id from tree limit ${maxWalked}) as walked)
     order by case when id in (select id from line) then 0 else 1 end, abs(seq - ?) limit ? + 0`,
    id,
    project,
    project,
    project,
    project,
    project,
    seq,
    maxChained + 1,
  )
  const data = found.slice(0, maxChained).toSorted((one, other) => one.seq - other.seq)
  return { data, hasMore: found.length > maxChained }
}
