import { describeError, type Log } from '../log.ts'
import { oneAtATime } from '../one-at-a-time.ts'
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
import type { Queue, Turns } from '../turns.ts'

/** Why work is broken off from outside of it. */
export type Broken = 'lease lost' | 'shutdown'

/** One kind of jobs: rows of one table. */
export interface Jobs<Job extends Losses> {
  table: Leased
  keyOf: (job: Job) => string | number
  /** Whose turn it takes. */
  laneOf: (job: Job) => string
  /** Whether there may be a job to claim; asked before each claim that no wake-up asks for: most times there is none. */
  anyWaits(db: Reader): Promise<boolean>
  /** Where jobs wait that no server was lost with, by turn; of several, the first goes first. Begins each claim. */
  queues(tx: Transaction, lease: Lease): Queue<Job>[]
  /** Takes one job that was lost with its server, the least blamed first, if there is one that it may take. */
  takeLost(tx: Transaction, lease: Lease, may: MayTake): Promise<Job | undefined>
  /** Renews the leases of these jobs: those that are still held, each with a reason to stop it, if there is one. */
  renew(tx: Transaction, lease: Lease, jobs: Job[]): Promise<Map<string | number, string | undefined>>
  /** Never rejects. What it does not end is taken up again once its lease is over. */
  work(job: Job, going: Going): Promise<void>
}

export interface Going {
  /** Aborted with a reason: `Broken`, or what `renew` gave. */
  stop: AbortController
  /** The rest of the work only waits for others: its place is free for the next job. */
  leavePlace: () => void
}

export interface LeasedWorkerOptions {
  db: Database
  log: Log
  /** This server, as leases name it. */
  owner: string
  trial: Trial
  turns: Turns
  /** Signals that new jobs are there. */
  wakeUps: string[]
}

/** In milliseconds: how often leases are renewed, and how often it looks for work that no wake-up announced. */
const heartbeatMs = 1_500
const pollIntervalMs = 1_000

/** At most one job of this process, of whatever kind, is tried by itself at a time. */
export interface Trial {
  readonly free: boolean
  /** `survived` is called after `ms`, unless the trial was ended by the function that it gives. */
  begin(ms: number, survived: () => void): () => void
}

export function createTrial(): Trial {
  let current: NodeJS.Timeout | undefined
  return {
    get free() {
      return current === undefined
    },
    begin(ms, survived) {
      const own = setTimeout(() => {
        current = undefined
        survived()
      }, ms)
      current = own
      return () => {
        clearTimeout(own)
        if (current === own) current = undefined
      }
    },
  }
}

export interface LeasedWorker<Job> {
  renewSoon: () => void
  /**
   * A place for a job that is about to be written, which then need not be claimed; undefined where it has to wait for
   * one. Either `begin`, at the commit, or `giveBack` has to be called.
   */
  reserve(lane: string): Reservation<Job> | undefined
  /** Lets go of every job, so that another process can take it up at once. */
  close: () => Promise<void>
}

export interface Reservation<Job> {
  lease: Lease
  begin: (job: Job) => void
  giveBack: () => void
}

/**
 * Claims jobs with a lease, keeps it while it works on them, and lets go of them when it closes. It may die at any line:
 * what is written is whole, and its jobs are taken up again by whoever finds that it is lost. Those are taken up one by
 * one, because one of them may be what ended its server: see `trialMs`.
 */
export function startLeasedWorker<Job extends Losses>(
  jobs: Jobs<Job>,
  { db, log, owner, trial, turns, wakeUps }: LeasedWorkerOptions,
): LeasedWorker<Job> {
  const { table, keyOf, laneOf } = jobs
  const { signals } = db
  const working = new Map<string | number, { job: Job; done: Promise<void>; stop: AbortController }>()
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
    // Where work has waited, it is also to be told that none does any more.
    const signalled = woken
    woken = false
    if (!signalled && !turns.waits && !(await jobs.anyWaits(db))) return false
    const claimed: Job[] = []
    try {
      await db.write(async (tx) => {
        // It may be begun again.
        for (const job of claimed.splice(0)) turns.giveBack(laneOf(job))
        const lease = leaseFrom(Date.now())
        const queues = jobs.queues(tx, lease)
        const lost = trial.free ? await jobs.takeLost(tx, lease, mayTake()) : undefined
        if (lost) {
          turns.take(laneOf(lost))
          claimed.push(lost)
        }
        claimed.push(...(await turns.go(queues)))
        // At the commit itself, so that nothing that is committed after it is missed.
        tx.afterCommit(() => claimed.forEach(take), 'committed')
      }, 'committed')
    } catch (error) {
      for (const job of claimed) turns.giveBack(laneOf(job))
      throw error
    }
    return false
  }

  function take(job: Job): void {
    const key = keyOf(job)
    // An older attempt at the same job, which does not know yet that it has lost it.
    working.get(key)?.stop.abort('lease lost' satisfies Broken)
    const stop = new AbortController()
    const endTrial = job.losses > 0 ? trial.begin(trialMs(job), () => survived()) : undefined
    let placed = true
    const leavePlace = () => {
      if (placed) turns.giveBack(laneOf(job))
      if (placed) claim()
      placed = false
    }
    const done = jobs.work(job, { stop, leavePlace }).finally(() => {
      if (working.get(key)?.job === job) working.delete(key)
      endTrial?.()
      if (placed) leavePlace()
      else claim()
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

  async function renew(): Promise<void> {
    const mine = [...working]
    const { held, stale } = await db.write(async (tx) => {
      const now = Date.now()
      const held = await jobs.renew(
        tx,
        leaseFrom(now),
        mine.map(([, { job }]) => job),
      )
      return { held, stale: await releaseStale(tx, table, owner, now) }
    })
    for (const [key, { stop }] of mine) {
      // A job that has just ended is not held either; there is nothing left to stop in it.
      const reason = held.has(key) ? held.get(key) : ('lease lost' satisfies Broken)
      if (reason !== undefined) stop.abort(reason)
    }
    if (stale > 0) claim()
  }

  const renewSoon = () => void renew().catch(failed('renewing leases'))
  const wake = () => {
    woken = true
    claim()
  }
  const offs = [...wakeUps, jobsLost].map((signal) => signals.on(signal, wake))
  const polling = setInterval(claim, pollIntervalMs)
  const renewing = setInterval(renewSoon, heartbeatMs)
  claim()

  let closing = false
  const reservations = new Set<Promise<void>>()
  return {
    renewSoon,
    reserve(lane) {
      if (closing || turns.waits || !turns.mayHave(lane)) return undefined
      turns.take(lane)
      const { promise, resolve } = Promise.withResolvers<void>()
      reservations.add(promise)
      const settle = () => {
        resolve()
        return reservations.delete(promise)
      }
      return {
        lease: leaseFrom(Date.now()),
        begin(job) {
          if (settle()) take(job)
        },
        giveBack() {
          if (!settle()) return
          turns.giveBack(lane)
          if (turns.waits) claim()
        },
      }
    },
    async close() {
      closing = true
      for (const off of offs) off()
      clearInterval(polling)
      clearInterval(renewing)
      await claim.close()
      // What is being written with a place begins, and is let go of with the others.
      await Promise.all(reservations)
      const open = [...working.values()]
      for (const { stop } of open) stop.abort('shutdown' satisfies Broken)
      await Promise.all(open.map(({ done }) => done))
      await db.write((tx) => releaseLeases(tx, table, owner))
    },
  }
}
