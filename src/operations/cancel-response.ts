import type { Response } from '../contract/responses/response.ts'
import { isTerminal } from '../contract/run-status.ts'
import { cannotCancelResponse } from '../errors/response-errors.ts'
import { followElsewhere } from '../store/follow-run.ts'
import { responseById } from '../store/responses.ts'
import { ended, stop } from './cancel-run.ts'
import type { Context } from './context.ts'
import { findResponse, showResponse } from './responses.ts'

/** Cancels a response in the background. One that is cancelled already is answered as it is. */
export async function cancelResponse(ctx: Context, id: string): Promise<Response> {
  using _told = followElsewhere(ctx.db, id)
  await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'runs', id)
    const run = await findResponse(tx, ctx.project, id)
    if (!run.request.background) throw cannotCancelResponse('synchronous')
    if (run.status === 'cancelled' || run.cancel_requested) return
    if (isTerminal(run.status)) throw cannotCancelResponse(run.status)
    await stop(ctx, tx, run)
  })
  await ended(ctx, id)
  return showResponse(ctx.db, await findResponse(ctx.db, ctx.project, id))
}

/** Ends a response whose only reader has gone. */
export async function abandonResponse(ctx: Context, id: string): Promise<void> {
  await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'runs', id)
    const run = await responseById(tx, ctx.project, id)
    if (run && !isTerminal(run.status) && !run.cancel_requested) await stop(ctx, tx, run)
  })
}
