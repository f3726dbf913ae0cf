import { describeError, type Log } from '../common/log.ts'
import { oneAtATime } from '../common/one-at-a-time.ts'
import type { Database } from './database.ts'
import { reclaimJobs, isOver, leaseMs, leaseOwners, writeToLeases } from './leases.ts'
import type { ServerLock } from './sqlite/server-lock.ts'
import { jobsLost } from './signals.ts'

const pollIntervalMs = 1_000
/** A server that lives and can write renews its leases within this time, in milliseconds: heartbeats are closer to each other. */
const renewsWithinMs = 2_000
/** After the database was away, others may find it again so much later, in milliseconds: a connect that is lost, and a pause. */
const comingBackMs = 6_000

/**
 * Finds lost servers on this database, and frees what they held. A server is lost in three cases. Its process has
 * ended. Or its process lives, but has renewed nothing for the length of a lease although it could have, measured by a
 * clock of this process that nobody can set. Or nothing is known about its process, and its lease is over.
 */
export function watchServers(options: { db: Database; lock: ServerLock; log: Log }): {
  close(): Promise<void>
} {
  const { db, lock, log } = options
  /** When the current lease of another server was first seen, in milliseconds of a clock that never goes back. */
  const seen = new Map<string, { until: number; since: number; writableAt?: number }>()
  let longer = 0

  async function reclaim(owner: string, until?: number): Promise<void> {
    const jobs = await reclaimJobs(db, owner, until)
    if (jobs === 0) return
    log('warn', 'a server was lost', { server: owner, jobs })
    db.signals.raise(jobsLost)
  }

  const look = oneAtATime(
    async () => {
      await lock.forEachDead((owner) => reclaim(owner))
      const asked = performance.now()
      const owners = await leaseOwners(db)
      // While the database was away nobody could renew anything.
      if (performance.now() - asked > leaseMs / 2) {
        seen.clear()
        longer = comingBackMs
      }
      for (const { owner, until } of owners) {
        if (owner !== lock.id && (await isSilent(owner, until))) await reclaim(owner, until)
      }
      longer = 0
      for (const owner of seen.keys()) if (!owners.some((one) => one.owner === owner)) seen.delete(owner)
      return false
    },
    (error) => {
      // Each has to be silent anew from now on.
      seen.clear()
      log('error', 'looking for lost servers failed', describeError(error))
    },
  )

  async function isSilent(owner: string, until: number): Promise<boolean> {
    if (!lock.lives(owner)) return isOver(until, Date.now())
    const before = seen.get(owner)
    if (before?.until !== until) {
      seen.set(owner, { until, since: performance.now() + longer })
      return false
    }
    const silentMs = performance.now() - before.since
    if (silentMs <= renewsWithinMs) return false
    if (before.writableAt === undefined) {
      await writeToLeases(db)
      before.writableAt = performance.now()
    }
    // It is given the time to renew them once nothing is in the way of that.
    return silentMs > leaseMs && performance.now() - before.writableAt > renewsWithinMs
  }

  const timer = setInterval(look, pollIntervalMs)
  look()
  return {
    async close() {
      clearInterval(timer)
      await look.close()
    },
  }
}
