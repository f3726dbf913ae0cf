import { nowSeconds } from '../clock.ts'
import type { RunRecord } from '../contract/runs.ts'
import { describeError, type Log } from '../log.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database, Transaction } from '../store/database.ts'
import { endRun } from '../store/end-run.ts'
import { deleteExpiredFiles } from '../store/files.ts'
import { dropDeltas, type RunLog } from '../store/run-log.ts'
import { RunMoved, runsToExpire, writeRun } from '../store/runs.ts'
import { removeDeletedStores } from '../store/vector-stores.ts'
import { expireUploads } from '../store/uploads.ts'

/** How long the deltas of a finished run can still be replayed, in seconds. */
const deltasKept = 3_600
const everySecond = 1_000
/** Of the rows of deleted stores, at one time; others get their turn in between. */
const mostSlices = 20

/** Does what time alone makes due: expires runs and files that nobody works on, shortens old logs, and
 * clears away what deleted stores have left. */
export function startSweeper(options: { db: Database; blobs: Blobs; runLog: RunLog; log: Log }): {
  close(): Promise<void>
} {
  const { db, blobs, runLog, log } = options
  let sweeping: Promise<void> | undefined

  async function sweep(): Promise<void> {
    const overdue = await runsToExpire(db, nowSeconds(), Date.now())
    for (const run of overdue) {
      await db
        .write(async (tx) => endRun(tx, runLog, await takeOver(tx, run), { status: 'expired' }))
        .catch((error) => {
          if (!(error instanceof RunMoved)) throw error
        })
    }
    await deleteExpiredFiles(db, blobs, nowSeconds())
    await expireUploads(db, blobs, nowSeconds())
    while ((await dropDeltas(db, nowSeconds() - deltasKept)) > 0) {
      // As many as there are: a busy server finishes more in a second than one call takes.
    }
    for (let slice = 0; slice < mostSlices; slice++) if (!(await removeDeletedStores(db))) break
  }

  /** What a lost worker showed of its attempt may not be on disk, so the end is not of the same attempt. */
  const takeOver = async (tx: Transaction, run: RunRecord) =>
    run.lease_owner === null
      ? run
      : writeRun(tx, runLog, run, { lease: { owner: run.lease_owner, until: 0 } })

  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => log('error', 'sweeping failed', describeError(error)))
      .finally(() => (sweeping = undefined))
  }, everySecond)

  return {
    async close() {
      clearInterval(timer)
      await sweeping
    },
  }
}
