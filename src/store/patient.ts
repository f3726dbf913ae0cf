import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseTooSlow, DatabaseUnavailable } from '../errors/unavailable.ts'
import type { Database } from './database.ts'

/** The pause between two attempts, in milliseconds. */
const pauseMs = { first: 50, max: 1_000 }
/** A database that has much to do needs time, but a statement may also be too much for it. */
const maxTimeouts = 5

/**
 * The database for work that can wait. While the database cannot be reached, every call waits until it can be, or until
 * `stop`. A transaction that was lost during its commit is not repeated, because it may have been committed. Throws
 * DatabaseTooSlow when the database ends the statement in each of several tries.
 */
export function patient(db: Database, stop: AbortSignal): Database {
  async function whenReachable<T>(ask: () => Promise<T>): Promise<T> {
    let timeouts = 0
    for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.max)) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || error.whileCommitting || stop.aborted) throw error
        if (error.timedOut && ++timeouts === maxTimeouts)
          throw new DatabaseTooSlow(error.message, { cause: error })
        await sleep(pause, undefined, { signal: stop }).catch(() => {
          throw error
        })
      }
    }
  }
  return {
    ...db,
    get: (sql, ...values) => whenReachable(() => db.get(sql, ...values)),
    all: (sql, ...values) => whenReachable(() => db.all(sql, ...values)),
    write: (body, until) => whenReachable(() => db.write(body, until)),
  }
}
