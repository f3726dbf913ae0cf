import type { CreatedAt } from '../contract/list-filters.ts'
import type { SpansInShort, TraceRecord } from '../contract/traces.ts'
import { takeTurns } from '../common/take-turns.ts'
import type { Reader, Transaction } from './database.ts'
import { wasCreated } from './list-runs.ts'
import { readChosenPage, readPage, type Choose, type Condition, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'

interface TraceRow extends Omit<TraceRecord, 'body' | 'shown'> {
  body: string
  shown: string
  removed: number
}

export interface TraceHead {
  workflow_name: string | null
  group_id: string | null
  /** JSON. */
  body: string
}

export interface NewSpan {
  id: string
  type: string
  /** Of an agent. */
  name: string | null
  response_id: string | null
  /** Milliseconds of Unix time, as for `ended_at`. */
  started_at: number | null
  ended_at: number | null
  failed: boolean
  /** JSON. */
  body: string
}

/** More of a trace are counted and not stored. */
const maxSpans = 10_000
const maxAgents = 20

/**
 * Stores what was sent of a trace. What came before under the same ids is replaced, so that a batch can be sent again.
 * `head` is undefined when only spans were sent. Traces of one transaction must come in the order of their ids, because other
 * servers may write the same ones.
 */
export async function putTrace(
  tx: Transaction,
  { id, project, createdAt }: { id: string; project: string; createdAt: number },
  { head, spans }: { head: TraceHead | undefined; spans: NewSpan[] },
): Promise<void> {
  const trace = await tx.get<{ seq: number; spans: number }>(
    `insert into traces (id, project, created_at, body, shown) values (?, ?, ?, '{"metadata":{}}', '{}')
     on conflict (project, id) where removed = 0 do update set removed = 0 returning seq, spans`,
    id,
    project,
    createdAt,
  )
  if (!trace) throw new Error('a trace was not stored')
  const { seq } = trace
  if (head) {
    const { workflow_name, group_id, body } = head
    tx.send(
      'update traces set workflow_name = ?, group_id = ?, body = ? where seq = ?',
      workflow_name,
      group_id,
      body,
      seq,
    )
  }
  const stored = await fitting(tx, trace, spans)
  const turn = takeTurns()
  for (const span of stored) {
    putSpan(tx, { trace: seq, project }, span)
    await turn()
  }
  await sumSpans(tx, seq, spans.length - stored.length)
}

/** Those that there is room for. What is there already is sent again, and needs none. */
async function fitting(
  tx: Transaction,
  { seq, spans: count }: { seq: number; spans: number },
  spans: NewSpan[],
): Promise<NewSpan[]> {
  if (count + spans.length <= maxSpans) return spans
  const rows = await tx.all<{ id: string }>('select id from trace_spans where trace = ?', seq)
  const ids = new Set(rows.map(({ id }) => id))
  return spans.filter(({ id }) => {
    if (ids.size < maxSpans) ids.add(id)
    return ids.has(id)
  })
}

const putSpan = (tx: Transaction, { trace, project }: { trace: number; project: string }, span: NewSpan) =>
  tx.send(
    `insert into trace_spans (id, project, trace, type, name, response_id, started_at, ended_at, failed, body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (trace, id) do update set type = excluded.type, name = excluded.name,
       response_id = excluded.response_id, started_at = excluded.started_at, ended_at = excluded.ended_at,
       failed = excluded.failed, body = excluded.body`,
    span.id,
    project,
    trace,
    span.type,
    span.name,
    span.response_id,
    span.started_at,
    span.ended_at,
    span.failed ? 1 : 0,
    span.body,
  )

/** Writes into a trace what the list shows of its spans. */
async function sumSpans(tx: Transaction, seq: number, dropped: number): Promise<void> {
  const types = await tx.all<{ type: string; n: number }>(
    'select type, count(*) as n from trace_spans where trace = ? group by type order by type',
    seq,
  )
  const agents = await tx.all<{ name: string | null }>(
    `select name from trace_spans where trace = ? and type = 'agent' group by name order by min(started_at)
     limit ? + 0`,
    seq,
    maxAgents,
  )
  const shown: SpansInShort = {
    agents: agents.flatMap(({ name }) => name ?? []),
    span_types: Object.fromEntries(types.map(({ type, n }) => [type, n])),
  }
  const ofSpans = 'from trace_spans where trace = traces.seq'
  tx.send(
    `update traces set spans = (select count(*) ${ofSpans}),
       errors = (select count(*) ${ofSpans} and failed = 1),
       started_at = (select min(started_at) ${ofSpans}), ended_at = (select max(ended_at) ${ofSpans}),
       dropped = dropped + ?, shown = ? where seq = ?`,
    dropped,
    JSON.stringify(shown),
    seq,
  )
}

export async function getTrace(db: Reader, project: string, id: string): Promise<TraceRecord | undefined> {
  const row = await db.get<TraceRow>(
    'select * from traces where id = ? and project = ? and removed = 0',
    id,
    project,
  )
  return row && record(row)
}

export interface TraceFilter {
  group_id?: string | undefined
  workflow_name?: string | undefined
  /** A response that one of its spans names. */
  response_id?: string | undefined
  has_errors?: boolean | undefined
  created_at?: CreatedAt | undefined
}

export async function listTraces(
  db: Reader,
  project: string,
  query: PageQuery & TraceFilter,
  choose?: Choose<TraceRecord>,
): Promise<Page<TraceRecord>> {
  const { group_id, workflow_name, response_id, has_errors } = query
  const conditions: Condition[] = [
    { sql: 'project = ? and removed = 0', values: [project] },
    ...Object.entries({ group_id, workflow_name }).flatMap(([column, value]) =>
      value === undefined ? [] : [{ sql: ` and ${column} = ?`, values: [value] }],
    ),
    ...(response_id === undefined ? [] : [hasResponse(response_id)]),
    ...(has_errors === undefined
      ? []
      : [{ sql: has_errors ? ' and errors > 0' : ' and errors = 0', values: [] }]),
    wasCreated(query.created_at),
  ]
  const where = {
    sql: conditions.map(({ sql }) => sql).join(''),
    values: conditions.flatMap(({ values }) => values),
  }
  const within = {
    sql: 'project = ? and removed = 0',
    values: [project],
    deletedFrom: { project, list: 'traces' },
    tombstone: (id: string) => inProject(project, id),
  }
  return readChosenPage<TraceRow, TraceRecord>(db, 'traces', where, query, { within, show: record, choose })
}

const hasResponse = (id: string): Condition => ({
  sql: ' and seq in (select trace from trace_spans where response_id = ?)',
  values: [id],
})

export interface SpanRow {
  seq: number
  id: string
  body: string
}

/** Lists the spans of a trace as they were sent, in the order in which they came. */
export function listSpans(db: Reader, trace: number, query: PageQuery): Promise<Page<SpanRow>> {
  const where = { sql: 'trace = ?', values: [trace], bytes: 'octet_length(body)' }
  return readPage<SpanRow>(db, 'trace_spans', where, query)
}

/** Takes a trace out of sight. Its rows are removed slice by slice. */
export async function deleteTrace(tx: Transaction, { seq, id, project }: TraceRecord): Promise<boolean> {
  const hidden = await tx.run('update traces set removed = 1 where seq = ? and removed = 0', seq)
  if (hidden === 0) return false
  await addTombstone(tx, { project, list: 'traces' }, { id: inProject(project, id), seq })
  return true
}

/** Ids are those of the sender, so two projects may have the same ones. */
const inProject = (project: string, id: string) => `${project}/${id}`

const record = ({ body, shown, removed: _removed, ...row }: TraceRow): TraceRecord => ({
  ...row,
  body: JSON.parse(body),
  shown: JSON.parse(shown),
})
