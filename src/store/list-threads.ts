import type { CreatedAt } from '../contract/list-filters.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { RunStatus } from '../contract/run-status.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import type { Reader } from './database.ts'
import { withExistingFiles } from './existing-files.ts'
import { newestRunHas, wasCreated } from './list-runs.ts'
import { hasMetadata, threadMetadata } from './metadata.ts'
import { readChosenPage, type Choose, type Condition, type Page, type PageQuery } from './page.ts'
import { threadRecord, type ThreadRow } from './threads.ts'

export interface ThreadFilter {
  /** Only this thread. */
  id?: string | undefined
  /** An assistant that ran in the thread. */
  assistant_id?: string | undefined
  /** The statuses that its newest run may have. */
  status?: RunStatus[] | undefined
  created_at?: CreatedAt | undefined
  metadata: Metadata
}

/**
 * Lists the threads that pass the filter. `choose` is a further condition: it returns those of the threads that satisfy
 * it.
 */
export async function listThreads(
  db: Reader,
  project: string,
  query: PageQuery & ThreadFilter,
  choose?: Choose<ThreadRecord>,
): Promise<Page<ThreadRecord>> {
  const conditions: Condition[] = [
    { sql: 'project = ? and removed = 0', values: [project] },
    hasMetadata(threadMetadata, query.metadata),
    wasCreated(query.created_at),
    ...(query.id === undefined ? [] : [{ sql: ' and id = ?', values: [query.id] }]),
    ...(query.assistant_id === undefined ? [] : [hadRunOf(query.assistant_id)]),
    ...(query.status ? [newestRunHas(query.status)] : []),
  ]
  const where = {
    sql: conditions.map(({ sql }) => sql).join(''),
    values: conditions.flatMap(({ values }) => values),
  }
  const within = { sql: 'project = ?', values: [project], deletedFrom: { project, list: 'threads' } }
  const page = await readChosenPage<ThreadRow, ThreadRecord>(db, 'threads', where, query, {
    within,
    show: threadRecord,
    choose,
  })
  const data: ThreadRecord[] = []
  for (const thread of page.data) data.push(await withExistingFiles(db, thread))
  return { ...page, data }
}

const hadRunOf = (assistantId: string): Condition => ({
  sql: ' and exists (select 1 from runs where runs.thread_id = threads.id and runs.assistant_id = ?)',
  values: [assistantId],
})
