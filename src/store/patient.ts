import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnavailable } from '../errors.ts'
import type { Database } from './database.ts'

/** The pause between two attempts, in milliseconds. */
const pauseMs = { first: 50, max: 1_000 }

/**
 * The database for work that can wait. While the database cannot be reached, every call waits until it can be, or until
 * `stop`. A transaction that was lost during its commit is not repeated, because it may have been committed.
 */
export function patient(db: Database, stop: AbortSignal): Database {
  async function whenReachable<T>(ask: () => Promise<T>): Promise<T> {
    for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.max)) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || error.whileCommitting || stop.aborted) throw error
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
