import type { Database, Reader, Transaction } from './database.ts'

/** Tables whose rows are jobs that a server holds by a lease. */
export type Leased = 'runs' | 'vector_store_files'

/** A job whose server is silent for so long is lost, in milliseconds. */
export const leaseMs = 5_000

/** A name of a server and a time in milliseconds: `lease_owner` and `lease_until` of the row. */
export interface Lease {
  owner: string
  until: number
}

/**
 * Whether a lease says by itself that it is over. One that is further away than any lease was given by a clock that has
 * been set back since.
 */
export const isOver = (until: number, now: number) => until < now || until > now + 2 * leaseMs

/** Servers that hold anything, and until when at most. */
export const leaseOwners = (db: Reader) =>
  db.all<Lease>(
    `select owner, max(until) as until from (
       select lease_owner as owner, lease_until as until from runs where lease_owner is not null
       union all
       select lease_owner, lease_until from vector_store_files where lease_owner is not null) as leases
     group by owner`,
  )

/**
 * Frees everything that a lost server held, as lost. What it worked on alone, or was trying by itself, is to blame for
 * it; of the rest, anything may be.
 */
export async function reclaimJobs(db: Database, owner: string): Promise<number> {
  return db.write(async (tx) => {
    const held = await tx.get<{ jobs: number }>(
      `select (select count(*) from runs where lease_owner = ?)
         + (select count(*) from vector_store_files where lease_owner = ?) as jobs`,
      owner,
      owner,
    )
    const alone = held?.jobs === 1 ? 1 : 0
    for (const table of ['runs', 'vector_store_files'] satisfies Leased[]) {
      await tx.run(
        `update ${table} set losses = losses + 1, blamed = blamed + (case when on_trial = 1 then 1 else ? end),
           on_trial = 0, lease_owner = null, lease_until = 0 where lease_owner = ?`,
        alone,
        owner,
      )
    }
    return held?.jobs ?? 0
  }, 'committed')
}

/** Lets go of everything that a server holds which goes away as it should: nothing of it is lost. */
export const releaseLeases = (tx: Transaction, table: Leased, owner: string) =>
  tx.run(`update ${table} set on_trial = 0, lease_owner = null, lease_until = 0 where lease_owner = ?`, owner)

/** Lets go of what a server has not renewed though it lives, because the end of the work could not be written. */
export const releaseStale = (tx: Transaction, table: Leased, owner: string, now: number) =>
  tx.run(
    `update ${table} set on_trial = 0, lease_owner = null, lease_until = 0
     where lease_owner = ? and (lease_until < ? or lease_until > ?)`,
    owner,
    now,
    now + 2 * leaseMs,
  )

/** The server has lived through the trial of what it tried by itself. */
export const endTrials = (tx: Transaction, table: Leased, owner: string) =>
  tx.run(`update ${table} set on_trial = 0 where lease_owner = ? and on_trial = 1`, owner)

/** What was lost with its server, and how often. */
export interface Losses {
  losses: number
  blamed: number
}

const maxLosses = 3

/**
 * Whether work on a job is given up: its server was lost three times while it got nowhere, and each time nothing else
 * can have been the reason.
 */
export const isGivenUp = ({ blamed }: Losses) => blamed >= maxLosses

/** Which of the jobs that were lost may be taken: of those lanes, and not with exactly so much blame. */
export interface MayTake {
  mayHave: (lane: string) => boolean
  notBlamed: number
}

/** In milliseconds. */
const provenAfterMs = 5_000

/**
 * The blame with which a server that has lived for `age` milliseconds takes up no job. Before the attempt that decides,
 * the server shows that it lives without it: those that are killed again and again from outside prove nothing.
 */
export const notBlamedAt = (age: number) => (age < provenAfterMs ? maxLosses - 1 : -1)

/**
 * How long a job that was lost is tried by itself before the next one is, in milliseconds: after a power cut all of them
 * go on soon, and what ends its server again and again is found however long it takes for that.
 */
export const trialMs = ({ losses }: Losses) => Math.min(30 * 10 ** (losses - 1), 100_000)
