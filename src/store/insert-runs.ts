import { LRUCache } from 'lru-cache'
import { nowSeconds } from '../clock.ts'
import type { LoggedEvent } from '../contract/run-events.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunRecord, StoredRun } from '../contract/runs.ts'
import { BeginAgain, type Transaction } from './database.ts'
import type { Lease } from './leases.ts'
import { insertMetadata, runMetadata } from './metadata.ts'
import type { Condition } from './page.ts'
import { insertEvents, insertFirstEvents, type NewEvent, type RunLog } from './run-log.ts'
import { insertRequest, keyOfRequest } from './run-requests.ts'
import { isFreeThread } from './threads.ts'

/** The `seq` of a run that is about to be inserted. */
export const nextRunNumber = (tx: Transaction): Promise<number> => tx.reserveNumbers('runs', 1)

/** A queued run as it is inserted: its first events, and with a lease it begins at once, as if the holder had claimed it. */
interface Beginning {
  events: NewEvent[]
  lease?: Lease | undefined
}

/**
 * Inserts a queued run, which has its `seq`, with its first events. A partial unique index refuses a second active run in the
 * thread.
 */
export function insertRun<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  queued: Run,
  beginning: Beginning,
): Run {
  const { run, fresh } = begun(log, queued, beginning)
  insertRow(tx, run, { ...active, seq: run.seq })
  insertMetadata(tx, runMetadata, { seq: run.seq, body: run.state })
  insertEvents(tx, run.seq, fresh)
  tx.afterCommit(() => log.show(run.id, fresh))
  return run
}

/**
 * The same in a free thread whose Python session, if it has one, is on this server. The run has no metadata yet, and its `seq` is
 * that of the table, which it has from the commit on. Where the thread is not free, the transaction fails with `refusal`.
 */
export function insertInFreeThread<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  queued: Run,
  {
    thread,
    server,
    refusal,
    ...beginning
  }: Beginning & { thread: string; server: string; refusal: () => Error },
): Run {
  const { run, fresh } = begun(log, queued, beginning)
  const isFree = isFreeThread(run.project, thread, run.created_at)
  // Nobody waits for it: where it fails, the transaction does.
  void tx.lockOwn(run.project, 'threads', thread)
  insertRow(tx, run, {
    ...active,
    into: {
      sql: `${isFree.sql} and (session_server is null or session_server = ?)`,
      values: [...isFree.values, server],
    },
    refusal,
  })
  insertFirstEvents(tx, run.id, fresh, (seq) => (run.seq = seq))
  tx.afterCommit(() => log.show(run.id, fresh))
  return run
}

function begun<Run extends StoredRun>(log: RunLog, queued: Run, { events, lease }: Beginning) {
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
  return { run, fresh }
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
  insertRow(tx, numbered, { seq: numbered.seq, began: false, finished_at: now, deltas_dropped: 1 })
  insertMetadata(tx, runMetadata, { seq: numbered.seq, body: numbered.state })
}

/** Requests that have a row, as far as this process knows. Most runs are asked what others were asked before. */
const knownRequests = new LRUCache<string, true>({ max: 10_000 })

interface Row {
  /** Left out where the table gives the number. */
  seq?: number
  began: boolean
  finished_at: number | null
  deltas_dropped: 0 | 1
  /** The condition on its thread, and what the transaction fails with where the thread does not satisfy it. */
  into?: Condition
  refusal?: () => Error
}

const active = { began: true, finished_at: null, deltas_dropped: 0 } as const

function insertRow(tx: Transaction, run: StoredRun, { seq, into, refusal, ...ended }: Row): void {
  const key = keyOfRequest(run.project, run.request)
  const known = key.values.join(' ')
  if (!knownRequests.has(known)) insertRequest(tx, key)
  tx.afterCommit(() => knownRequests.set(known, true))
  const columns = {
    ...(seq !== undefined && { seq }),
    id: run.id,
    project: run.project,
    thread_id: run.thread_id,
    provider: run.provider,
    status: run.status,
    created_at: run.created_at,
    expires_at: run.expires_at,
    state: JSON.stringify(run.state),
    last_event: run.last_event,
    attempt: run.attempt,
    lease_owner: run.lease_owner,
    lease_until: run.lease_until,
    finished_at: ended.finished_at,
    deltas_dropped: ended.deltas_dropped,
    assistant_id: assistantOf(run),
    model: run.request.model,
    api_key: run.api_key,
    api: run.api,
    previous: run.previous,
    stored: run.stored,
    copied_from: run.copied_from,
  }
  const names = Object.keys(columns)
  tx.sendChange(
    () => {
      // The last run with this request was deleted, and the request with it.
      knownRequests.delete(known)
      return refusal?.() ?? new BeginAgain()
    },
    `insert into runs (${names.join(', ')}, request_number, after_message)
     select ${names.map(() => '?').join(', ')}, request_number,
       (select id from messages where thread_id = ? and withdrawn = 0 order by seq desc limit 1)
     from run_requests${into ? ', threads' : ''} where ${key.sql}${into ? ` and ${into.sql}` : ''}`,
    ...Object.values(columns),
    ended.began ? run.thread_id : null,
    ...key.values,
    ...(into?.values ?? []),
  )
}

/** The id of the assistant that is asked. '' where an API has none. */
export const assistantOf = ({ request }: Pick<StoredRun, 'request'>): string =>
  'assistant_id' in request ? String(request.assistant_id) : ''
