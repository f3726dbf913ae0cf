import { LRUCache } from 'lru-cache'
import { nowSeconds } from '../common/clock.ts'
import type { LoggedEvent } from '../contract/run-events.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunApi, RunRecord, StoredRun } from '../contract/runs.ts'
import { unchangedAssistant, type RecentAssistant } from './assistants.ts'
import { BeginAgain, type Transaction } from './database.ts'
import type { Lease } from './leases.ts'
import { insertMetadata, runMetadata } from './metadata.ts'
import { insertEvents, type NewEvent, type RunLog } from './run-log.ts'
import { insertRequest, keyOfRequest, type RequestKey } from './run-requests.ts'
import { freeConversation, freeThread } from './threads.ts'

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
  const { run, fresh } = begin(log, queued, { events, lease })
  insertRow(tx, run, { began: true, finished_at: null, deltas_dropped: 0 })
  insertEvents(tx, run.seq, fresh)
  tx.afterCommit(() => log.show(run.id, fresh))
  return run
}

/**
 * The same for a run of no thread, or of one that exists, has no active run, was in use within the hour, and has no Python session in
 * another server; and for a response in a conversation in which nothing was called and for which nobody waits. The `assistant`, if it is given,
 * must be as it was read. Otherwise the transaction fails with `refusal`. The run gets its `seq` and begins when that is known.
 */
export function insertWhereFree<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  queued: Run,
  {
    events,
    lease,
    server,
    assistant,
    refusal,
  }: {
    events: NewEvent[]
    lease: Lease | undefined
    server: string
    assistant?: RecentAssistant | undefined
    refusal: () => Error
  },
): Promise<Run> {
  const { run, fresh } = begin(log, queued, { events, lease })
  const { thread_id: thread, project, api } = run
  // Nobody waits for it: where it fails, the transaction does.
  if (thread !== null) void tx.lockOwn(project, 'threads', thread)
  const key = knowRequest(tx, run)
  const row = rowOf(run, { finished_at: null, deltas_dropped: 0 })
  const free = thread === null ? ofNoThread : inFreeThread({ thread, project, api, server })
  const asked = assistant ? unchangedAssistant(assistant) : ofAnyAssistant
  const numbered = tx.sendInsert(
    () => {
      forgetRequest(key)
      return refusal()
    },
    `insert into runs (request_number, after_message, ${Object.keys(row).join(', ')})
     select request_number, ${newestMessage}, ${marksOf(row)} from ${free.from} run_requests
     where ${free.where} ${asked.sql} and ${key.sql}`,
    thread,
    ...Object.values(row),
    ...free.values,
    ...asked.values,
    ...key.values,
  )
  insertEvents(tx, run.id, fresh)
  tx.afterCommit(() => log.show(run.id, fresh))
  const added = numbered.then((seq) => ({ ...run, seq }))
  // The transaction fails as well, and tells why.
  added.catch(() => {})
  return added
}

const ofNoThread = { from: '', where: '', values: [] }
const ofAnyAssistant = { sql: '1 = 1', values: [] }

function inFreeThread({
  thread,
  project,
  api,
  server,
}: {
  thread: string
  project: string
  api: RunApi
  server: string
}) {
  const free = api === 'responses' ? freeConversation : freeThread
  const { sql, values } = free(thread, project, nowSeconds())
  return {
    from: 'threads cross join',
    where: `${sql} and (session_server is null or session_server = ?) and`,
    values: [...values, server],
  }
}

/** The row of a run, with the lease as that of one which has begun, and its first events. */
function begin<Run extends StoredRun>(
  log: RunLog,
  queued: Run,
  { events, lease }: { events: NewEvent[]; lease?: Lease | undefined },
): { run: Run; fresh: LoggedEvent[] } {
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
  insertRow(tx, numbered, { began: false, finished_at: now, deltas_dropped: 1 })
}

/** Requests that have a row, as far as this process knows. Most runs are asked what others were asked before. */
const knownRequests = new LRUCache<string, true>({ max: 10_000 })

/** Makes the row of the request, unless this server knows of one. */
function knowRequest(tx: Transaction, run: StoredRun): RequestKey {
  const key = keyOfRequest(run.project, run.request)
  const known = key.values.join(' ')
  if (!knownRequests.has(known)) insertRequest(tx, key)
  tx.afterCommit(() => knownRequests.set(known, true))
  return key
}

/** The last run with this request was deleted, and the request with it. */
const forgetRequest = ({ values }: RequestKey) => knownRequests.delete(values.join(' '))

const newestMessage =
  '(select id from messages where thread_id = ? and withdrawn = 0 order by seq desc limit 1)'

interface Ended {
  finished_at: number | null
  deltas_dropped: 0 | 1
}

/** What a row has besides its number, that of its request, and the message that it comes after. */
const rowOf = (run: StoredRun, { finished_at, deltas_dropped }: Ended) => ({
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
  finished_at,
  deltas_dropped,
  assistant_id: assistantOf(run),
  model: run.request.model,
  api_key: run.api_key,
  api: run.api,
  previous: run.previous,
  stored: run.stored,
  copied_from: run.copied_from,
})

function insertRow(tx: Transaction, run: StoredRun, { began, ...ended }: Ended & { began: boolean }): void {
  const key = knowRequest(tx, run)
  const row = rowOf(run, ended)
  tx.sendChange(
    () => {
      forgetRequest(key)
      return new BeginAgain()
    },
    `insert into runs (seq, request_number, after_message, ${Object.keys(row).join(', ')})
     select ?, request_number, ${newestMessage}, ${marksOf(row)} from run_requests where ${key.sql}`,
    run.seq,
    began ? run.thread_id : null,
    ...Object.values(row),
    ...key.values,
  )
  insertMetadata(tx, runMetadata, { seq: run.seq, body: run.state })
}

const marksOf = (row: object) =>
  Object.keys(row)
    .map(() => '?')
    .join(', ')

/** The id of the assistant that is asked. '' where an API has none. */
export const assistantOf = ({ request }: Pick<StoredRun, 'request'>): string =>
  'assistant_id' in request ? String(request.assistant_id) : ''
