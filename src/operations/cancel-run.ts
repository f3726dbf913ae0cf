import { isTerminal } from '../contract/run-status.ts'
import { toRun, type Run, type StoredRun } from '../contract/runs.ts'
import { cannotChangeRun } from '../errors/errors.ts'
import { takeOver } from '../store/claim-runs.ts'
import type { Transaction } from '../store/database.ts'
import { activeRun, requestCancel, runProgress, storedRunById } from '../store/runs.ts'
import { cancelRequested } from '../store/signals.ts'
import type { Context } from './context.ts'
import { endStoredRun } from './end-run.ts'
import { findRun } from './runs.ts'
import { followElsewhere } from '../store/follow-run.ts'

/** How long a cancel waits for the worker to stop, in milliseconds. After that the thread is free. */
const timeoutMs = 2_000
/** A worker in another process sends no wake-ups to this one, so the row is read again. */
const pollIntervalMs = 200

/**
 * Cancels a run. When no worker holds it, it ends at once. Otherwise the worker is told, and the answer waits for it
 * for a moment, because clients add a message to the thread as soon as they have the answer.
 */
export async function cancelRun(ctx: Context, threadId: string, runId: string): Promise<Run> {
  using _told = followElsewhere(ctx.db, runId)
  await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'runs', runId)
    const run = await findRun(tx, ctx.project, threadId, runId)
    const { status } = toRun(run)
    if (isTerminal(status) || status === 'cancelling') {
      throw cannotChangeRun('cancel', status)
    }
    await stop(ctx, tx, run)
  })
  await ended(ctx, runId)
  return toRun(await findRun(ctx.db, ctx.project, threadId, runId))
}

/** Cancels the active run of a thread that is about to be deleted. Returns the id of the run. */
export async function stopActiveRun(
  ctx: Context,
  tx: Transaction,
  threadId: string,
): Promise<string | undefined> {
  const active = await activeRun(tx, threadId)
  if (!active) return undefined
  await tx.lock('runs', active.id)
  const run = await storedRunById(tx, ctx.project, active.id)
  // It may have ended while the lock was waited for.
  if (!run || isTerminal(run.status)) return undefined
  await stop(ctx, tx, run)
  return active.id
}

/** Ends a run at once where no worker holds it, and otherwise tells its worker. The run must be locked. */
export async function stop(ctx: Context, tx: Transaction, run: StoredRun): Promise<void> {
  if (run.lease_owner === null) {
    await endStoredRun(tx, ctx.log, await takeOver(tx, ctx.log, run), { status: 'cancelled' })
  } else {
    await requestCancel(tx, run.id)
    tx.raise(cancelRequested(run.id))
  }
}

/** Waits until the run has ended, or until the timeout. */
export async function ended(ctx: Context, runId: string): Promise<void> {
  using live = ctx.log.attach(runId)
  const timeout = AbortSignal.timeout(timeoutMs)
  while (!timeout.aborted) {
    const run = await runProgress(ctx.db, runId)
    if (!run || isTerminal(run.status)) return
    live.take(Number.POSITIVE_INFINITY)
    await live.wait(pollIntervalMs, timeout)
  }
}
