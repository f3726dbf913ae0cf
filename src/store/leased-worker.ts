import { describeError, type Log } from '../common/log.ts'
import { oneAtATime } from '../common/one-at-a-time.ts'
import type { Database, Reader, Transaction } from './database.ts'
import {
  endTrials,
  leaseMs,
  notBlamedAt,
  releaseLeases,
  releaseStale,
  trialMs,
  type Lease,
  type Leased,
  type Losses,
  type MayTake,
} from './leases.ts'
import { jobsLost } from './signals.ts'
import type { Trial } from './trial.ts'
import type { Queue, Turns } from '../common/turns.ts'

/** Why work is stopped from outside of it. */
export type Broken = 'lease lost' | 'shutdown'

/** One kind of jobs: the rows of one table. */
export interface Jobs<Job extends Losses> {
  table: Leased
  keyOf: (job: Job) => string | number
  /** The lane of a job. Lanes take turns. */
  laneOf: (job: Job) => string
  /**
   * Whether there may be a job to claim. It is asked before each claim without a wake-up, because most times there is
   * none.
   */
  anyWaits(db: Reader): Promise<boolean>
  /**
   * Starts a claim. Returns the queues of jobs that were not lost with a server, in the order in which they are
   * emptied.
   */
  queues(tx: Transaction, lease: Lease): Queue<Job>[]
  /** Claims one job that was lost with its server and that may be taken, the one with the least blame first. */
  takeLost(tx: Transaction, lease: Lease, may: MayTake): Promise<Job | undefined>
  /**
   * Renews the leases of these jobs. Returns the keys of those that are still held, each with a reason to stop it, if
   * there is one.
   */
  renew(tx: Transaction, lease: Lease, jobs: Job[]): Promise<Map<string | number, string | undefined>>
  /** Works on a job. Never rejects. A job that it does not end is claimed again when its lease is over. */
  work(job: Job, going: Going): Promise<void>
}

export interface Going {
  /** Aborted with a reason: a value of `Broken`, or the reason from `renew`. */
  stop: AbortController
  /** Called when the rest of the work only waits for others, so that another job can use the place. */
  leavePlace: () => void
}

export interface LeasedWorkerOptions {
  db: Database
  log: Log
  /** The name of this server in leases. */
  owner: string
  trial: Trial
  turns: Turns
  /** Signals that announce new jobs. They may name the server that should take them. */
  wakeUps: string[]
}

/** How long a server leaves work to another one that should take it, in milliseconds. */
const headStartMs = 200

/** How many jobs one transaction claims. Others, who wait for it, get their turn before the next one. */
const claimedAtOnce = 16

/** How often leases are renewed, and how often work without a wake-up is looked for, in milliseconds. */
const heartbeatMs = 1_500
const pollIntervalMs = 1_000

export interface LeasedWorker<Job> {
  renewSoon: () => void
  /**
   * Reserves a place for a job that is about to be inserted, so that it need not be claimed. Undefined when the job has
   * to wait for a place. The caller must call `begin` at the commit, or `giveBack`.
   */
  reserve(lane: string): Reservation<Job> | undefined
  /** Releases all jobs, so that another process can claim them at once. */
  close: () => Promise<void>
}

export interface Reservation<Job> {
  lease: Lease
  begin: (job: Job) => void
  giveBack: () => void
}

/**
 * Claims jobs with a lease, renews it while it works on them, and releases them when it closes. The process may die at
 * any line: what was written is consistent, and whoever notices that the process is lost claims its jobs again. Lost
 * jobs are taken one by one, because one of them may be what killed the server: see `trialMs`.
 */
export function startLeasedWorker<Job extends Losses>(
  jobs: Jobs<Job>,
  { db, log, owner, trial, turns, wakeUps }: LeasedWorkerOptions,
): LeasedWorker<Job> {
  const { table, keyOf, laneOf } = jobs
  const { signals } = db
  const working = new Map<string | number, { job: Job; done: Promise<void>; stop: AbortController }>()
  /** Leases of jobs that are being written, which begin at the commit. Some wait there until their lease is over. */
  const beingWritten = new Set<Lease>()
  const failed = (what: string) => (error: unknown) => log('error', `${what} failed`, describeError(error))
  let woken = true
  const claim = oneAtATime(claimSome, failed(`claiming ${table}`))
  const leaseFrom = (now: number): Lease => ({ owner, until: now + leaseMs })

  const started = performance.now()
  const mayTake = (): MayTake => ({
    mayHave: turns.mayHave,
    notBlamed: notBlamedAt(performance.now() - started),
  })

  async function claimSome(): Promise<boolean> {
    // When work has waited, it must also be reported that it no longer does.
    const signalled = woken
    woken = false
    if (!signalled && !turns.waits && !(await jobs.anyWaits(db))) return false
    const claimed: Job[] = []
    let isAll = true
    const earliest = leaseFrom(Date.now())
    beingWritten.add(earliest)
    try {
      await db.write(async (tx) => {
        // The body of the transaction may run again, so everything that it claimed before is given back.
        for (const job of claimed.splice(0)) turns.giveBack(laneOf(job))
        const lease = leaseFrom(Date.now())
        const queues = jobs.queues(tx, lease)
        const lost = trial.free ? await jobs.takeLost(tx, lease, mayTake()) : undefined
        if (lost) {
          turns.take(laneOf(lost))
          claimed.push(lost)
        }
        const given = await turns.go(queues, claimedAtOnce)
        claimed.push(...given)
        isAll = given.length < claimedAtOnce
        // The work begins at the commit, so that a signal of a later commit is not missed. Clients are shown the claim
        // when it is on disk: a crash of the database must not give the number of this attempt to another one.
        tx.afterCommit(() => claimed.forEach(take), 'committed')
      })
    } catch (error) {
      for (const job of claimed) turns.giveBack(laneOf(job))
      throw error
    } finally {
      beingWritten.delete(earliest)
    }
    woken ||= !isAll
    return !isAll
  }

  /** A free place needs no look in the database where no job has waited for one. */
  function claimWaiting(): void {
    if (turns.waits) claim()
  }

  function take(job: Job): void {
    const key = keyOf(job)
    // An older attempt at the same job may not know yet that it has lost the lease.
    working.get(key)?.stop.abort('lease lost' satisfies Broken)
    const stop = new AbortController()
    const endTrial = job.losses > 0 ? trial.begin(trialMs(job), () => survived()) : undefined
    let placed = true
    const leavePlace = () => {
      if (placed) turns.giveBack(laneOf(job))
      placed = false
      claimWaiting()
    }
    const done = jobs.work(job, { stop, leavePlace }).finally(() => {
      if (working.get(key)?.job === job) working.delete(key)
      endTrial?.()
      leavePlace()
      // The next trial may be of a job of another kind.
      if (endTrial) signals.raise(jobsLost)
    })
    working.set(key, { job, done, stop })
  }

  function survived(): void {
    db.write((tx) => endTrials(tx, table, owner), 'committed').then(
      () => signals.raise(jobsLost),
      failed('ending a trial'),
    )
  }

  async function renew(): Promise<boolean> {
    const mine = [...working]
    // What is not among them yet begins at its commit, also when its lease is over by then.
    const before = Math.min(Date.now(), ...[...beingWritten].map(({ until }) => until))
    const { held, stale } = await db.write(async (tx) => {
      const now = Date.now()
      const held = await jobs.renew(
        tx,
        leaseFrom(now),
        mine.map(([, { job }]) => job),
      )
      return { held, stale: await releaseStale(tx, table, owner, { before, now }) }
    })
    for (const [key, { stop }] of mine) {
      // A job that has just ended is not held either, and then there is nothing to stop.
      const reason = held.has(key) ? held.get(key) : ('lease lost' satisfies Broken)
      if (reason !== undefined) stop.abort(reason)
    }
    if (stale > 0) claim()
    return false
  }

  const renewSoon = oneAtATime(renew, failed('renewing leases'))
  const wake = () => {
    woken = true
    claim()
  }
  /** Work that another server is better placed for is left to it for a moment. */
  const wakeFor = (server: string) => {
    if (server === '' || server === owner) wake()
    else setTimeout(wake, headStartMs).unref()
  }
  const offs = [...wakeUps, jobsLost].map((signal) => signals.on(signal, wakeFor))
  const polling = setInterval(claim, pollIntervalMs)
  const renewing = setInterval(renewSoon, heartbeatMs)
  claim()

  let closing = false
  const reservations = new Set<Promise<void>>()
  return {
    renewSoon,
    reserve(lane) {
      // Work of other lanes may wait for places that this one would not take from it.
      if (closing || turns.fullFor(lane) !== undefined || !turns.mayHave(lane)) return undefined
      turns.take(lane)
      const { promise, resolve } = Promise.withResolvers<void>()
      reservations.add(promise)
      const lease = leaseFrom(Date.now())
      beingWritten.add(lease)
      const settle = () => {
        resolve()
        beingWritten.delete(lease)
        return reservations.delete(promise)
      }
      return {
        lease,
        begin(job) {
          if (settle()) take(job)
        },
        giveBack() {
          if (!settle()) return
          turns.giveBack(lane)
          claimWaiting()
        },
      }
    },
    async close() {
      closing = true
      for (const off of offs) off()
      clearInterval(polling)
      clearInterval(renewing)
      await claim.close()
      // Jobs with a reserved place that are being inserted begin first, and are then released like the others.
      await Promise.all(reservations)
      const open = [...working.values()]
      for (const { stop } of open) stop.abort('shutdown' satisfies Broken)
      await Promise.all(open.map(({ done }) => done))
      await renewSoon.close()
      await db
        .write(async (tx) => {
          // Other servers take them up at once.
          if ((await releaseLeases(tx, table, owner)) > 0) tx.raise(jobsLost)
        })
        // Without the database they are taken up when they are over.
        .catch(failed('letting go of leases'))
    },
  }
}
