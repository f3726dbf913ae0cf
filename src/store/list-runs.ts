import type { CreatedAt } from '../contract/list-filters.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { RunStatus } from '../contract/run-status.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from './database.ts'
import { inList } from './in-list.ts'
import { hasMetadata, runMetadata } from './metadata.ts'
import { readPage, type Condition, type Page, type PageQuery } from './page.ts'
import { wholeRuns } from './run-requests.ts'
import { storedRun, type RunRow } from './runs.ts'

export interface RunFilter {
  status?: RunStatus[] | undefined
  assistant_id?: string | undefined
  thread_id?: string | undefined
  model?: string | undefined
  created_at?: CreatedAt | undefined
  metadata: Metadata
}

/** Lists the runs of all threads that are not deleted. */
export async function listAllRuns(
  db: Reader,
  project: string,
  query: PageQuery & RunFilter,
): Promise<Page<RunRecord>> {
  const { thread_id, assistant_id, model, status } = query
  const conditions: Condition[] = [
    {
      sql: `project = ? and api = 'assistants' and thread_id not in (select id from threads where removed = 1)`,
      values: [project],
    },
    ...Object.entries({ thread_id, assistant_id, model }).flatMap(([column, value]) =>
      value === undefined ? [] : [{ sql: ` and ${column} = ?`, values: [value] }],
    ),
    // A copy of a run has not run, so it is listed only in its thread.
    ...(thread_id === undefined ? [{ sql: ' and copied_from is null', values: [] }] : []),
    ...(status ? [hasStatus(status)] : []),
    wasCreated(query.created_at),
    hasMetadata(runMetadata, query.metadata),
  ]
  const where = {
    sql: conditions.map(({ sql }) => sql).join(''),
    values: conditions.flatMap(({ values }) => values),
    bytes: 'octet_length(request) + octet_length(state)',
  }
  const within = { sql: "project = ? and api = 'assistants'", values: [project] }
  const page = await readPage<RunRow>(db, wholeRuns, where, query, within)
  return { ...page, data: page.data.map((row) => storedRun(row) as RunRecord) }
}

/** The runs with these ids that exist, oldest first. */
export async function runsByIds(db: Reader, project: string, ids: string[]): Promise<RunRecord[]> {
  const wanted = inList(ids)
  const rows = await db.all<RunRow>(
    `select * from ${wholeRuns} where id in (${wanted.marks}) and project = ? and api = 'assistants' order by seq`,
    ...wanted.values,
    project,
  )
  return rows.map((row) => storedRun(row) as RunRecord)
}

/** The SQL condition that a run has one of these statuses, as the API shows them. */
export function hasStatus(statuses: readonly RunStatus[]): Condition {
  const { marks, values, cancel } = storedStatuses(statuses)
  return { sql: ` and status in (${marks})${cancel ? ` and ${cancel}` : ''}`, values }
}

/** The same for the newest run of a thread. */
export function newestRunHas(statuses: readonly RunStatus[]): Condition {
  const { marks, values, cancel } = storedStatuses(statuses)
  const newest =
    "from runs where runs.thread_id = threads.id and api = 'assistants' order by seq desc limit 1"
  const exactly = cancel && ` and (select ${cancel} ${newest})`
  // What the first part asks is in an index.
  return { sql: ` and (select status in (${marks}) ${newest})${exactly ?? ''}`, values }
}

/**
 * How statuses are stored: a run in progress that is to be cancelled is shown as `cancelling`. `cancel` is the condition
 * that tells these runs from others, where only one of the two is looked for.
 */
function storedStatuses(statuses: readonly RunStatus[]): ReturnType<typeof inList> & { cancel?: string } {
  const [running, cancelling] = [statuses.includes('in_progress'), statuses.includes('cancelling')]
  const stored = inList([...new Set(cancelling ? [...statuses, 'in_progress' as const] : statuses)])
  if (running === cancelling) return stored
  return { ...stored, cancel: `(status <> 'in_progress' or cancel_requested ${cancelling ? '=' : '<>'} 1)` }
}

/** The SQL condition on the time of creation. There is one form of it, because each form is a statement of its own. */
export function wasCreated({ gte, gt, lte, lt }: CreatedAt = {}): Condition {
  const after = Math.max(gte ?? 0, gt === undefined ? 0 : gt + 1)
  const before = Math.min(lte ?? Number.MAX_SAFE_INTEGER, lt === undefined ? Number.MAX_SAFE_INTEGER : lt - 1)
  if (after === 0 && before === Number.MAX_SAFE_INTEGER) return { sql: '', values: [] }
  return { sql: ' and created_at between ? and ?', values: [after, before] }
}
