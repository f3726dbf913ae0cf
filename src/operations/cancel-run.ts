import { endRun } from '../assistants/end-run.ts'
import { isTerminal } from '../contract/run-status.ts'
import { toRun, type Run, type RunRecord } from '../contract/runs.ts'
import { cannotChangeRun } from '../errors.ts'
import { takeOver } from '../store/claim-runs.ts'
import type { Transaction } from '../store/database.ts'
import { activeRun, requestCancel, runProgress } from '../store/runs.ts'
import { cancelRequested } from '../store/signals.ts'
import type { Context } from './context.ts'
import { findRun } from './runs.ts'

/** How long a cancel waits for the worker to let go, in milliseconds; the thread is free when it has. */
const timeoutMs = 2_000
/** For a worker in another process, whose wake-ups do not come here. */
const pollIntervalMs = 200

/**
 * Stops a run. One that no worker holds ends at once; otherwise its worker is told, and the answer waits for it a
 * little, because clients add a message to the thread as soon as they have it.
 */
export async function cancelRun(ctx: Context, threadId: string, runId: string): Promise<Run> {
  await ctx.db.write(async (tx) => {
    await tx.lock('runs', runId)
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

/** Stops what runs in a thread that is about to go; the answer is its id. */
export async function stopActiveRun(
  ctx: Context,
  tx: Transaction,
  threadId: string,
): Promise<string | undefined> {
  const active = await activeRun(tx, threadId)
  if (active) await tx.lock('runs', active.id)
  if (active) await stop(ctx, tx, await findRun(tx, ctx.project, threadId, active.id))
  return active?.id
}

async function stop(ctx: Context, tx: Transaction, run: RunRecord): Promise<void> {
  if (run.lease_owner === null) {
    await endRun(tx, ctx.log, await takeOver(tx, ctx.log, run), { status: 'cancelled' })
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
