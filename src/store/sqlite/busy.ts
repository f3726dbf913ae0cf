import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'

const sqliteBusy = 5

/** Whether another process has held the file for too long. */
export const isBusy = (error: unknown): boolean =>
  ((error as { errcode?: number } | undefined)?.errcode ?? 0) % 256 === sqliteBusy

/** The error of a commit that another process has kept from beginning: nothing was written, and the next try may succeed. */
export const explainBusy = (error: unknown): unknown =>
  isBusy(error) ? new DatabaseUnavailable('another process holds the database', { cause: error }) : error

/** The pause between two tries to begin, in milliseconds. */
const pauseMs = 2

/**
 * Begins as soon as no other process holds the file. Throws what `begin` throws once `ms` have passed. Waiting for the file within
 * SQLite would hold up everything else in this process.
 */
export async function beginWhenFree(begin: () => void, ms: number): Promise<void> {
  for (const end = performance.now() + ms; ; await pause(pauseMs)) {
    try {
      return begin()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error
    }
  }
}
