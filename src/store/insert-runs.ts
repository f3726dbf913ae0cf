import { nowSeconds } from '../clock.ts'
import type { LoggedEvent } from '../contract/run-events.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunRecord, StoredRun } from '../contract/runs.ts'
import type { Transaction } from './database.ts'
import type { Lease } from './leases.ts'
import { insertMetadata, runMetadata } from './metadata.ts'
import { insertEvents, type NewEvent, type RunLog } from './run-log.ts'
import { insertRequest, keyOfRequest } from './run-requests.ts'

/**
 * Inserts a queued run with its first events. A partial unique index refuses a second active run in the thread. With a
 * lease the run begins at once, as if the holder had claimed it at this moment.
 */
export async function insertRun<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  queued: Run,
  { events, lease }: { events: NewEvent[]; lease?: Lease | undefined },
): Promise<Run> {
  const run = { ...queued }
  const fresh: LoggedEvent[] = []
  const append = (event: NewEvent) => {
    run.last_event++
    fresh.push(log.prepare(run, { attempt: run.attempt, seq: run.last_event }, event))
  }
  events.forEach(append)
  if (lease) {
    Object.assign(run, begunWith(run, lease))
    const moved = log.moved(run)
    if (moved) append(moved)
  }
  run.seq = await insertRow(tx, run, { began: true, finished_at: null, deltas_dropped: 0 })
  insertEvents(tx, run.seq, fresh)
  tx.afterCommit(() => log.show(run.id, fresh))
  return run
}

/** What changes in a queued run when a worker begins with it. */
const begunWith = (run: StoredRun, lease: Lease) => ({
  status: 'in_progress' as const,
  state: { ...run.state, started_at: nowSeconds() },
  attempt: run.attempt + 1,
  lease_owner: lease.owner,
  lease_until: lease.until,
})

/** Inserts a run that had ended before it was imported. It has no events. */
export async function insertEndedRun(tx: Transaction, run: RunRecord, now: number): Promise<void> {
  if (!isTerminal(run.status)) throw new Error('an active run is not put in from outside')
  // The position of the run in the conversation follows from its time, because it is not known which messages existed
  // then.
  await insertRow(tx, run, { began: false, finished_at: now, deltas_dropped: 1 })
}

/** Returns the `seq` of the row. Most requests are there already, and then one statement is enough. */
async function insertRow(
  tx: Transaction,
  run: StoredRun,
  ended: { began: boolean; finished_at: number | null; deltas_dropped: 0 | 1 },
): Promise<number> {
  const key = keyOfRequest(run.project, run.request)
  const insert = () =>
    tx.get<{ seq: number }>(
      `insert into runs (id, project, thread_id, provider, status, created_at, expires_at, request_number, state, last_event,
       attempt, lease_owner, lease_until, finished_at, deltas_dropped, assistant_id, model, api_key, api, previous, stored,
       copied_from, after_message)
     select ?, ?, ?, ?, ?, ?, ?, request_number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (select id from messages where thread_id = ? and withdrawn = 0 order by seq desc limit 1)
     from run_requests where ${key.sql} returning seq`,
      run.id,
      run.project,
      run.thread_id,
      run.provider,
      run.status,
      run.created_at,
      run.expires_at,
      JSON.stringify(run.state),
      run.last_event,
      run.attempt,
      run.lease_owner,
      run.lease_until,
      ended.finished_at,
      ended.deltas_dropped,
      assistantOf(run),
      run.request.model,
      run.api_key,
      run.api,
      run.previous,
      run.stored,
      run.copied_from,
      ended.began ? run.thread_id : null,
      ...key.values,
    )
  let inserted = await insert()
  if (!inserted) {
    insertRequest(tx, key)
    inserted = await insert()
  }
  const seq = inserted?.seq ?? 0
  insertMetadata(tx, runMetadata, { seq, body: run.state })
  return seq
}

/** The id of the assistant that is asked. '' where an API has none. */
export const assistantOf = ({ request }: Pick<StoredRun, 'request'>): string =>
  'assistant_id' in request ? String(request.assistant_id) : ''
