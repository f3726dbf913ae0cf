import type { Database, Reader, Transaction } from './database.ts'

const leased = ['runs', 'vector_store_files', 'webhook_deliveries'] as const
/** Tables whose rows are jobs that a server holds with a lease. */
export type Leased = (typeof leased)[number]

/** A job is lost when its server has renewed nothing for so long, in milliseconds. */
export const leaseMs = 5_000

/** The name of a server and a time in milliseconds: `lease_owner` and `lease_until` of the row. */
export interface Lease {
  owner: string
  until: number
}

/**
 * Whether a lease is over by its own time. A time further in the future than any lease was written by a clock that was
 * set back since.
 */
export const isOver = (until: number, now: number) => until < now || until > now + 2 * leaseMs

/** What a server holds, with the latest end of its leases. `since` is the oldest `created_at` of it, in Unix seconds. */
export interface LeaseOwner extends Lease {
  since: number
  runs: number
  files: number
}

/** The servers that hold a job. */
export const leaseOwners = (db: Reader) =>
  db.all<LeaseOwner>(
    `select owner, max(until) as until, min(since) as since, count(run) as runs, count(file) as files from (
       select lease_owner as owner, lease_until as until, created_at as since, id as run, null as file
         from runs where lease_owner is not null
       union all
       select lease_owner, lease_until, created_at, null, id
         from vector_store_files where lease_owner is not null
       union all
       select lease_owner, lease_until, created_at, null, null
         from webhook_deliveries where lease_owner is not null) as leases
     group by owner`,
  )

/** Resolves when leases can be written. What is in the way of that, such as an index that is made, keeps others from renewing theirs. */
export const writeToLeases = (db: Database) =>
  db.write(async (tx) => {
    for (const table of leased) await tx.run(`update ${table} set on_trial = on_trial where 1 = 0`)
  }, 'committed')

/**
 * Frees everything that a lost server held, and marks it as lost. A job that was the only one, or that was on trial, is
 * blamed for the end of the server. Otherwise any of the jobs may be the reason.
 *
 * With `until` the process of the server may live, and has renewed nothing past that time. Then what it has renewed since is kept.
 */
export async function reclaimJobs(db: Database, owner: string, until?: number): Promise<number> {
  const latest = until ?? Number.MAX_SAFE_INTEGER
  return db.write(async (tx) => {
    const held = await tx.get<{ jobs: number }>(
      `select ${leased.map((table) => `(select count(*) from ${table} where lease_owner = ?)`).join(' + ')} as jobs`,
      ...leased.map(() => owner),
    )
    const alone = held?.jobs === 1 ? 1 : 0
    let freed = 0
    for (const table of leased) {
      freed += await tx.run(
        `update ${table} set losses = losses + 1, blamed = blamed + (case when on_trial = 1 then 1 else ? end),
           on_trial = 0, lease_owner = null, lease_until = 0 where lease_owner = ? and lease_until <= ?`,
        alone,
        owner,
        latest,
      )
    }
    return freed
  }, 'committed')
}

/** Releases all jobs of a server that shuts down normally. They do not count as lost. */
export const releaseLeases = (tx: Transaction, table: Leased, owner: string) =>
  tx.run(`update ${table} set on_trial = 0, lease_owner = null, lease_until = 0 where lease_owner = ?`, owner)

/**
 * Releases jobs whose lease a living server has not renewed, because the end of their work could not be written. Their leases were
 * over `before` a time until which the server has renewed all that it works on.
 */
export const releaseStale = (
  tx: Transaction,
  table: Leased,
  owner: string,
  { before, now }: { before: number; now: number },
) =>
  tx.run(
    `update ${table} set on_trial = 0, lease_owner = null, lease_until = 0
     where lease_owner = ? and (lease_until < ? or lease_until > ?)`,
    owner,
    before,
    now + 2 * leaseMs,
  )

/**
 * Releases a run that this server no longer works on, though it may hold the lease: a commit was lost, and it is not known
 * whether it was written. Changes nothing where the run has ended or is somebody else's.
 */
export const releaseRun = (
  tx: Transaction,
  owner: string,
  { id, attempt }: { id: string; attempt: number },
) =>
  tx.run(
    `update runs set on_trial = 0, lease_owner = null, lease_until = 0
     where id = ? and lease_owner = ? and attempt = ?`,
    id,
    owner,
    attempt,
  )

/** Ends the trials of a server, because it has survived them. */
export const endTrials = (tx: Transaction, table: Leased, owner: string) =>
  tx.run(`update ${table} set on_trial = 0 where lease_owner = ? and on_trial = 1`, owner)

/** How often a job was lost with its server. */
export interface Losses {
  losses: number
  blamed: number
}

const maxLosses = 3

/**
 * Whether a job is given up: it was lost three times without any progress, and each time nothing else can have been the
 * reason.
 */
export const isGivenUp = ({ blamed }: Losses) => blamed >= maxLosses

/** Which of the lost jobs may be claimed: only those in these lanes, and none with exactly this blame. */
export interface MayTake {
  mayHave: (lane: string) => boolean
  notBlamed: number
}

/** In milliseconds. */
const provenAfterMs = 5_000

/**
 * The blame with which a server that has lived for `age` milliseconds claims no job. Before the attempt that decides, a
 * server must prove that it lives without the job, because servers that are killed from outside again and again prove
 * nothing.
 */
export const notBlamedAt = (age: number) => (age < provenAfterMs ? maxLosses - 1 : -1)

/**
 * How long a lost job is tried alone before the next one, in milliseconds. It grows with each loss. After a power cut
 * all jobs continue soon, and a job that kills its server is found however long it takes to do so.
 */
export const trialMs = ({ losses }: Losses) => Math.min(30 * 10 ** (losses - 1), 100_000)
