import type { Database, Transaction } from '../database.ts'

/**
 * How much of a limit per minute is used, for all servers on this database. What is used comes back evenly, all of it in a
 * minute, so one number is enough: the time at which all of it will be there again. Times are microseconds by the clock of the
 * database.
 */
interface Bucket {
  id: string
  /** How many units there are in a minute. */
  limit: number
}

export interface BucketState {
  now: number
  fullAt: number
}

const minute = 60_000_000
const costOf = (units: number, limit: number) => Math.max(1, Math.floor((units * minute) / limit))

/** How many units are there. Below zero where more was used than there was. */
export const unitsLeft = ({ now, fullAt }: BucketState, limit: number): number =>
  Math.floor(((now + minute - Math.max(now, fullAt)) * limit) / minute)

/** In how many milliseconds so many units are there. */
export const waitFor = ({ now, fullAt }: BucketState, units: number, limit: number): number =>
  Math.max(0, Math.ceil((Math.max(now, fullAt) + costOf(units, limit) - now - minute) / 1_000))

/**
 * Takes at most `most` units where there are at least `least` of them, and otherwise none. With `inAnyCase` it takes `least` also
 * where that is more than there is, and others wait until it has come back.
 */
export async function takeUnits(
  tx: Transaction,
  { id, limit }: Bucket,
  { least, most, inAnyCase = false }: { least: number; most: number; inAnyCase?: boolean },
): Promise<{ taken: number; after: BucketState }> {
  const now = (await tx.now()) * 1_000
  // The row is locked by this, and gets the time that counts from now on.
  const row = await tx.get<{ full_at: number }>(
    `insert into rate_buckets (id, full_at) values (?, ?) on conflict (id) do update set full_at =
       case when rate_buckets.full_at > excluded.full_at then rate_buckets.full_at else excluded.full_at end
     returning full_at`,
    id,
    now,
  )
  const before = { now, fullAt: row?.full_at ?? now }
  const there = unitsLeft(before, limit)
  const taken = there >= least ? Math.min(most, there) : inAnyCase ? least : 0
  if (taken === 0) return { taken, after: before }
  const fullAt = before.fullAt + costOf(taken, limit)
  await tx.run('update rate_buckets set full_at = ? where id = ?', fullAt, id)
  return { taken, after: { now, fullAt } }
}

/** Gives units back that were taken and not used. */
export const returnUnits = (tx: Transaction, { id, limit }: Bucket, units: number): void =>
  tx.send('update rate_buckets set full_at = full_at - ? where id = ?', costOf(units, limit), id)

/** Deletes rows that say nothing any more. Returns false when none is left. */
export async function deleteFullBuckets(db: Database): Promise<boolean> {
  const find = 'select id from rate_buckets where full_at < ? limit 100'
  const past = Date.now() * 1_000 - 60 * minute
  if (!(await db.get(find, past))) return false
  await db.write(async (tx) => {
    for (const { id } of await tx.all<{ id: string }>(find, past))
      await tx.run('delete from rate_buckets where id = ? and full_at < ?', id, past)
  }, 'committed')
  return true
}
