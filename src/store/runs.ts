import { nowSeconds } from '../common/clock.ts'
import type { LoggedEvent } from '../contract/run-events.ts'
import { isTerminal, mayMove, type RunStatus } from '../contract/run-status.ts'
import type { RunRecord, RunState, StoredRun } from '../contract/runs.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import type { Lease } from './leases.ts'
import { insertEvents, type NewEvent, type RunLog } from './run-log.ts'
import { wholeRuns } from './run-requests.ts'
import { runWritten } from './signals.ts'
import { enqueueWebhook } from './webhook-deliveries.ts'

/**
 * Somebody else has changed the run since it was read: the lease was lost, or another change of status came first.
 * Nothing was written.
 */
export class RunMoved extends Error {
  override name = 'RunMoved'
}

export interface RunChange {
  /** These are written before the events of `moves`. */
  events?: NewEvent[]
  /** True when the run has made progress that a lost attempt cannot undo. */
  gotOn?: boolean
  /** The statuses to pass through, in order. Each one has an event of its own. */
  moves?: RunStatus[]
  state?: Partial<RunState>
  lease?: Lease
  /** Events that have their numbers already, but are not on disk. */
  numbered?: Numbered
  /** Notes of the worker, which are no events. */
  notes?: LoggedEvent[]
}

/** Events that were numbered before they are written. */
export interface Numbered {
  events: LoggedEvent[]
  /** How many of them, the first ones, readers have been shown. */
  shown: number
}

/** The statuses of a run that locks its thread. */
export const activeStatuses = "('queued', 'in_progress', 'requires_action', 'cancelling')"

/**
 * The only way to change a run: its row, its events and their numbers are written in one transaction, and only while
 * the lease is held.
 */
export async function writeRun<Run extends StoredRun>(
  tx: Transaction,
  log: RunLog,
  run: Run,
  change: RunChange,
): Promise<Run> {
  const next: Run = { ...run, state: { ...run.state, ...change.state } }
  if (change.lease) {
    next.attempt = run.attempt + 1
    next.lease_owner = change.lease.owner
    next.lease_until = change.lease.until
  }
  // A lost attempt cannot undo this progress, so only later losses count.
  if (change.moves || change.gotOn) {
    next.losses = next.blamed = 0
  }
  const fresh: LoggedEvent[] = []
  const append = (event: NewEvent) => {
    next.last_event++
    fresh.push(log.prepare(run, { attempt: next.attempt, seq: next.last_event }, event))
  }
  change.events?.forEach(append)
  for (const status of change.moves ?? []) {
    if (!mayMove(next.status, status))
      throw new RunMoved(`a run does not go from ${next.status} to ${status}`)
    next.status = status
    if (status !== 'in_progress' && status !== 'cancelling') next.lease_owner = next.lease_until = null
    const moved = log.moved(next)
    if (moved) append(moved)
    const webhook = log.webhook(next)
    if (webhook) enqueueWebhook(tx, next.project, webhook)
  }
  const changed = {
    state: JSON.stringify(next.state),
    last_event: next.last_event,
    ...changesOf(run, next),
    ...(isTerminal(next.status) && { finished_at: nowSeconds() }),
  }
  tx.sendChange(
    () => new RunMoved(`run ${run.id} was changed by somebody else`),
    `update runs set ${Object.keys(changed)
      .map((column) => `${column} = ?`)
      .join(', ')}
     where id = ? and status = ? and attempt = ? and lease_owner is not distinct from ? and last_event = ?
     and (cancel_requested <> 1 or ? <> 'requires_action')`,
    ...Object.values(changed),
    run.id,
    run.status,
    run.attempt,
    run.lease_owner,
    lastOnDisk(run, change.numbered),
    // When the run waited for its caller, no worker would see that it is to be cancelled.
    next.status,
  )
  insertEvents(tx, run.seq, [...(change.notes ?? []), ...(change.numbered?.events ?? []), ...fresh])
  tellFollowers(tx, log, run)
  tx.afterCommit(() => log.show(run.id, [...unseen(change.numbered), ...fresh]))
  if (isTerminal(next.status)) tx.afterCommit(() => log.ended(next))
  return next
}

const indexed = ['status', 'attempt', 'lease_owner', 'lease_until', 'losses', 'blamed'] as const

/** SQLite writes every index with a column that is named in an update again, also where its value stays. */
const changesOf = (before: StoredRun, after: StoredRun) =>
  Object.fromEntries(
    indexed.filter((column) => after[column] !== before[column]).map((column) => [column, after[column]]),
  )

/** Those that readers have not been shown yet. */
export const unseen = ({ events, shown }: Numbered = noEvents) => events.slice(shown)
const noEvents: Numbered = { events: [], shown: 0 }

/**
 * The last event that the database must have before these are written. It may have fewer: after a crash PostgreSQL has
 * forgotten what was committed but not on disk, and the servers that wrote it are still there.
 */
const lastOnDisk = (run: StoredRun, { events }: Numbered = noEvents) => run.last_event - events.length

/** Readers in other servers are told only where there are any: a notification is not free. */
function tellFollowers(tx: Transaction, log: RunLog, { id }: StoredRun): void {
  if (log.isFollowedElsewhere(id)) tx.raise(runWritten, id)
}

/** Puts events on disk that were numbered already, the last ones of `run`, and notes. Throws RunMoved when the lease is lost. */
export function writeNumbered(
  tx: Transaction,
  log: RunLog,
  run: StoredRun,
  { numbered = noEvents, notes = [] }: Pick<RunChange, 'numbered' | 'notes'>,
  what: 'its events' | 'with its state',
): void {
  const state = what === 'with its state' ? [JSON.stringify(run.state)] : []
  tx.sendChange(
    () => new RunMoved(`run ${run.id} is held by somebody else`),
    `update runs set ${state.length > 0 ? 'state = ?, ' : ''}last_event = ? where id = ? and project = ? and attempt = ? and lease_owner = ?
     and last_event = ?`,
    ...state,
    run.last_event,
    run.id,
    run.project,
    run.attempt,
    run.lease_owner,
    lastOnDisk(run, numbered),
  )
  insertEvents(tx, run.seq, [...notes, ...numbered.events])
  tellFollowers(tx, log, run)
}

export async function getRun(db: Reader, project: string, threadId: string, id: string) {
  const row = await db.get<RunRow>(
    `select * from ${wholeRuns} where id = ? and thread_id = ? and project = ? and api = 'assistants'`,
    id,
    threadId,
    project,
  )
  return row && (storedRun(row) as RunRecord)
}

/** A run of the Assistants API, for callers that do not know its thread. */
export async function runById(db: Reader, project: string, id: string): Promise<RunRecord | undefined> {
  const run = await storedRunById(db, project, id)
  return run?.api === 'assistants' ? (run as RunRecord) : undefined
}

/** A run of any API. */
export async function storedRunById(db: Reader, project: string, id: string): Promise<StoredRun | undefined> {
  const row = await db.get<RunRow>(`select * from ${wholeRuns} where id = ? and project = ?`, id, project)
  return row && storedRun(row)
}

export const runProgress = (db: Reader, id: string) =>
  db.get<{ status: RunStatus; last_event: number; attempt: number }>(
    'select status, last_event, attempt from runs where id = ?',
    id,
  )

export async function listRuns(
  db: Reader,
  project: string,
  threadId: string,
  query: PageQuery,
): Promise<Page<RunRecord>> {
  const where = {
    sql: "thread_id = ? and project = ? and api = 'assistants'",
    values: [threadId, project],
    bytes: 'octet_length(request) + octet_length(state)',
  }
  const page = await readPage<RunRow>(db, wholeRuns, where, query)
  return { ...page, data: page.data.map((row) => storedRun(row) as RunRecord) }
}

/** The run that locks the thread. */
export const activeRun = (db: Reader, threadId: string) =>
  db.get<{ id: string; status: RunStatus }>(
    `select id, status from runs where thread_id = ? and status in ${activeStatuses}`,
    threadId,
  )

export const requestCancel = (tx: Transaction, id: string) =>
  tx.run('update runs set cancel_requested = 1 where id = ?', id)

/** The value of `cancel_requested` of a run that is to end early. Servers that do not know it let the run go on. */
export const endsEarly = 2

/** Asks that a run end at the next point at which nothing of it is half done. A cancel goes before it. */
export const requestEarlyEnd = (tx: Transaction, project: string, id: string) =>
  tx.run(
    `update runs set cancel_requested = ?
     where id = ? and project = ? and cancel_requested = 0 and status in ${activeStatuses}`,
    endsEarly,
    id,
    project,
  )

interface HeldRun {
  id: string
  /** 0, 1, or `endsEarly`. */
  cancel_requested: number
  /** In Unix seconds. */
  expires_at: number
}

/** Renews the leases of a worker's runs. Returns those that it still holds, and which of them must stop. */
export async function renewLeases(
  tx: Transaction,
  owner: string,
  runs: { id: string; attempt: number }[],
  until: number,
) {
  const held: HeldRun[] = []
  for (const { id, attempt } of runs) {
    const one = await tx.get<HeldRun>(
      `update runs set lease_until = ? where id = ? and lease_owner = ? and attempt = ?
       returning id, cancel_requested, expires_at`,
      until,
      id,
      owner,
      attempt,
    )
    if (one) held.push(one)
  }
  return held
}

export const maxExpiredTogether = 100

/**
 * Runs whose time (Unix seconds) is over and that no worker holds. A worker expires its own runs. Whether it is lost is
 * not decided here by the times of leases, because the clocks of servers may differ.
 */
export async function runsToExpire(db: Reader, now: number): Promise<StoredRun[]> {
  const rows = await db.all<RunRow>(
    `select * from ${wholeRuns} where status in ${activeStatuses} and expires_at <= ?
     and lease_owner is null limit ${maxExpiredTogether}`,
    now,
  )
  return rows.map(storedRun)
}

/** A row of `wholeRuns`. */
export interface RunRow extends Omit<StoredRun, 'request' | 'state' | 'cancel_requested' | 'ends_early'> {
  request: string
  state: string
  cancel_requested: number
}

export const storedRun = (row: RunRow): StoredRun => ({
  ...row,
  cancel_requested: row.cancel_requested === 1,
  ends_early: row.cancel_requested === endsEarly,
  request: JSON.parse(row.request),
  state: JSON.parse(row.state),
})
