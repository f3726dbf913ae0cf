import { nowSeconds } from '../clock.ts'
import { describeError, type Log } from '../log.ts'
import type { Blobs } from '../store/blobs.ts'
import { takeOver } from '../store/claim-runs.ts'
import type { Database } from '../store/database.ts'
import { endRun } from '../store/end-run.ts'
import { deleteExpiredFiles, deleteOldFiles, removeDeletedFiles } from '../store/files.ts'
import { giveBackSpace } from '../store/free-space.ts'
import { createOrphanSearch } from '../store/orphans.ts'
import { removeOldRuns } from '../store/remove-runs.ts'
import { deleteIdleThreads, removeDeletedThreads } from '../store/remove-threads.ts'
import type { Retention } from '../store/retention.ts'
import { dropDeltas, type RunLog } from '../store/run-log.ts'
import { RunMoved, runsToExpire } from '../store/runs.ts'
import { expireUploads, removeParts } from '../store/uploads.ts'
import { removeDetachedFiles } from '../store/vector-store-files.ts'
import { removeDeletedStores } from '../store/vector-stores.ts'

/** How long the deltas of a finished run can still be replayed, in seconds. */
const deltasKept = 3_600
const everySecond = 1_000
/** How long one kind of work may go on before others get their turn, in milliseconds. */
const turn = 300
const day = 86_400
/** What writes so much at a time that it is put into its place at once. */
const manySlices = 10

export interface SweeperOptions {
  db: Database
  blobs: Blobs
  runLog: RunLog
  retention: Retention
  /** After much was written: otherwise the next commit would have to wait until all of it is in its place. */
  checkpoint: () => Promise<void>
  log: Log
}

/** Does some of a kind of work, in a transaction that is soon over; false when nothing of it was left. */
type Chore = () => Promise<boolean>

/**
 * Does what time alone makes due: expires runs and files that nobody works on, shortens old logs, deletes what is not to
 * be kept any longer, and clears away, slice by slice, what was deleted.
 */
export function startSweeper(options: SweeperOptions): { close(): Promise<void> } {
  const { db, runLog, checkpoint, log } = options
  const chores = choresOf(options)
  let sweeping: Promise<void> | undefined
  let closing = false

  async function sweep(): Promise<void> {
    const overdue = await runsToExpire(db, nowSeconds(), Date.now())
    for (const run of overdue) {
      await db
        .write(async (tx) => endRun(tx, runLog, await takeOver(tx, runLog, run), { status: 'expired' }))
        .catch((error) => {
          if (!(error instanceof RunMoved)) throw error
        })
    }
    for (const chore of chores) {
      const end = performance.now() + turn
      let worked = 0
      while (!closing && performance.now() < end && (await chore())) worked++
      if (worked >= manySlices) await checkpoint()
    }
  }

  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => log('error', 'sweeping failed', describeError(error)))
      .finally(() => (sweeping = undefined))
  }, everySecond)

  return {
    async close() {
      closing = true
      clearInterval(timer)
      await sweeping
    },
  }
}

/** In this order: what one of them deletes is for a later one to clear away. */
function choresOf({ db, blobs, retention: { runDays, idleThreadDays, fileDays } }: SweeperOptions): Chore[] {
  const before = (days: number) => nowSeconds() - days * day
  return [
    () => deleteExpiredFiles(db, blobs, nowSeconds()),
    () => expireUploads(db, nowSeconds()),
    ...(fileDays === undefined ? [] : [() => deleteOldFiles(db, blobs, before(fileDays))]),
    ...(idleThreadDays === undefined ? [] : [() => deleteIdleThreads(db, before(idleThreadDays))]),
    ...(runDays === undefined ? [] : [() => removeOldRuns(db, before(runDays))]),
    () => dropDeltas(db, nowSeconds() - deltasKept),
    () => removeParts(db, blobs),
    () => removeDeletedFiles(db),
    () => removeDetachedFiles(db),
    () => removeDeletedStores(db),
    () => removeDeletedThreads(db),
    () => giveBackSpace(db),
    createOrphanSearch(db, blobs),
  ]
}
