import { nowSeconds } from '../common/clock.ts'
import { isTerminal } from '../contract/run-status.ts'
import { takeOver } from '../store/claim-runs.ts'
import type { Database } from '../store/database.ts'
import type { RunLog } from '../store/run-log.ts'
import { maxExpiredTogether, RunMoved, runsToExpire, storedRunById } from '../store/runs.ts'
import { endStoredRun } from './end-run.ts'

/** Expires a limited number of runs whose time is over and that no worker holds. Returns false when none is left. */
export async function expireRuns(db: Database, log: RunLog): Promise<boolean> {
  const overdue = await runsToExpire(db, nowSeconds())
  for (const run of overdue) {
    await db
      .write(async (tx) => {
        await tx.lock('runs', run.id)
        const now = await storedRunById(tx, run.project, run.id)
        if (!now || now.attempt !== run.attempt || isTerminal(now.status)) return
        await endStoredRun(tx, log, await takeOver(tx, log, now), { status: 'expired' })
      })
      .catch((error) => {
        if (!(error instanceof RunMoved)) throw error
      })
  }
  return overdue.length === maxExpiredTogether
}
