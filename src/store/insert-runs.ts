import { LRUCache } from 'lru-cache'
import { nowSeconds } from '../common/clock.ts'
import type { LoggedEvent } from '../contract/run-events.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunRecord, StoredRun } from '../contract/runs.ts'
import { BeginAgain, type Transaction } from './database.ts'
import type { Lease } from './leases.ts'
import { insertMetadata, runMetadata } from './metadata.ts'
import { insertEvents, type NewEvent, type RunLog } from './run-log.ts'
import { insertRequest, keyOfRequest } from './run-requests.ts'

/** The `seq` of a run that is about to be inserted. */
export const nextRunNumber = (tx: Transaction): Promise<number> => tx.reserveNumbers('runs', 1)

/**
 * Inserts a queued run, which has its `seq`, with its first events. A partial unique index refuses a second active run in the thread. With a
 * lease the run begins at once, as if the holder had claimed it at this moment.
 */
export function insertRun<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  queued: Run,
  { events, lease }: { events: NewEvent[]; lease?: Lease | undefined },
): Run {
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
  insertRow(tx, run, { began: true, finished_at: null, deltas_dropped: 0 })
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
  const numbered = { ...run, seq: await nextRunNumber(tx) }
  insertRow(tx, numbered, { began: false, finished_at: now, deltas_dropped: 1 })
}

/** Requests that have a row, as far as this process knows. Most runs are asked what others were asked before. */
const knownRequests = new LRUCache<string, true>({ max: 10_000 })

function insertRow(
  tx: Transaction,
  run: StoredRun,
  ended: { began: boolean; finished_at: number | null; deltas_dropped: 0 | 1 },
): void {
  const key = keyOfRequest(run.project, run.request)
  const known = key.values.join(' ')
  if (!knownRequests.has(known)) insertRequest(tx, key)
  tx.afterCommit(() => knownRequests.set(known, true))
  tx.sendChange(
    // The last run with this request was deleted, and the request with it.
    () => {
      knownRequests.delete(known)
      return new BeginAgain()
    },
    `insert into runs (seq, id, project, thread_id, provider, status, created_at, expires_at, request_number, state,
       last_event, attempt, lease_owner, lease_until, finished_at, deltas_dropped, assistant_id, model, api_key, api,
       previous, stored, copied_from, after_message)
     select ?, ?, ?, ?, ?, ?, ?, ?, request_number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (select id from messages where thread_id = ? and withdrawn = 0 order by seq desc limit 1)
     from run_requests where ${key.sql}`,
    run.seq,
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
  insertMetadata(tx, runMetadata, { seq: run.seq, body: run.state })
}

/** The id of the assistant that is asked. '' where an API has none. */
export const assistantOf = ({ request }: Pick<StoredRun, 'request'>): string =>
  'assistant_id' in request ? String(request.assistant_id) : ''
