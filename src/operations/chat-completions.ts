import type { ChatCall, Completed } from '../completions/completions.ts'
import { planChat, planEmbeddings, type CompletionPlan } from '../completions/plan.ts'
import { tokensOf } from '../contract/costs.ts'
import type { ChatCompletionRequest, TranslatedChatRequest } from '../contract/chat-completions.ts'
import type { EmbeddingsRequest, TextEmbeddingsRequest } from '../contract/embeddings.ts'
import { nowSeconds } from '../common/clock.ts'
import { modelNotFound } from '../errors/errors.ts'
import type { Transaction } from '../store/database.ts'
import { addUsage } from '../store/usage/usage.ts'
import { countUse } from '../store/usage/usage-counts.ts'
import type { Rate } from '../store/usage/rates.ts'
import { admitRun } from './admit.ts'
import type { HeldCompletion } from './completion-budgets.ts'
import type { Context } from './context.ts'
import { refuseUnservedModel } from './models.ts'

/** The answer, and the limits per minute that it counts against. */
interface Admitted {
  completed: Completed
  rates: Rate[]
}

/** A request for a model itself. What the answer has used counts for the project and the key, as that of a run does. */
export async function createChatCompletion(
  ctx: Context,
  request: ChatCompletionRequest,
  translated: () => TranslatedChatRequest,
  signal: AbortSignal,
  caller?: ChatCall['caller'],
): Promise<Admitted> {
  const { project, apiKey: api_key } = ctx
  const { model } = request
  const served = ctx.catalog.look(model)
  const rates = await admitRun(ctx, served?.name ?? model)
  const { plan, roomFor } = planChat(request, served?.contextWindow)
  const completed = await whileHeld(ctx, plan, signal, (held, count) =>
    ctx.completions.chat({
      request,
      translated,
      origin: ctx,
      caller,
      signal,
      room: roomFor((more) => held.grow(more)),
      used(usage) {
        charge(ctx, rates, usage.total_tokens)
        count((tx) => {
          const at = nowSeconds()
          const minute = at - (at % 60)
          addUsage(tx, { project, minute, api_key, model, assistant_id: '', requests: 1, ...tokensOf(usage) })
        })
      },
    }),
  )
  if (completed) return { completed, rates }
  await refuseUnservedModel(ctx, model)
  throw modelNotFound(model, [])
}

export async function createEmbeddings(
  ctx: Context,
  request: EmbeddingsRequest,
  translated: () => TextEmbeddingsRequest,
  signal: AbortSignal,
): Promise<Admitted> {
  const { project, apiKey } = ctx
  const { model } = request
  const rates = await admitRun(ctx, ctx.catalog.look(model)?.name ?? model)
  const completed = await whileHeld(ctx, planEmbeddings(request), signal, (_held, count) =>
    ctx.completions.embed({
      request,
      translated,
      origin: ctx,
      signal,
      used(amount) {
        charge(ctx, rates, amount)
        count((tx) => countUse(tx, 'embeddings', { project, apiKey, model, amount }))
      },
    }),
  )
  if (completed) return { completed, rates }
  throw modelNotFound(model, [])
}

/** Takes the tokens of an answer from those of the minute. Nobody waits for it. */
function charge(ctx: Context, rates: readonly Rate[], used: number): void {
  const tokens = rates.filter(({ unit }) => unit === 'tokens')
  if (tokens.length === 0) return
  void ctx.admission.limiter.charge(tokens, used).catch((error: unknown) => ctx.notCounted(error))
}

type Count = (write: (tx: Transaction) => void) => void

/** Nobody waits until it is counted what was used, which releases what is held. */
async function whileHeld(
  ctx: Context,
  plan: CompletionPlan,
  signal: AbortSignal,
  work: (held: HeldCompletion, count: Count) => Promise<Completed | undefined>,
): Promise<Completed | undefined> {
  const held = await ctx.completionBudgets.begin(ctx, plan, signal)
  let isCounted = false
  const count: Count = (write) => {
    isCounted = true
    void ctx.db
      .write((tx) => {
        write(tx)
        held.release(tx)
      }, 'committed')
      .catch((error: unknown) => ctx.notCounted(error))
      .finally(() => void held.end())
  }
  try {
    const completed = await work(held, count)
    if (!isCounted && !(completed && 'events' in completed)) await held.end()
    return completed
  } catch (error) {
    if (!isCounted) await held.end()
    throw error
  }
}
