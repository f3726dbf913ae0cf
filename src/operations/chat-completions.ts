import type { Completed } from '../completions/completions.ts'
import type { ChatCompletionRequest, TranslatedChatRequest } from '../contract/chat-completions.ts'
import type { EmbeddingsRequest, TextEmbeddingsRequest } from '../contract/embeddings.ts'
import { nowSeconds } from '../clock.ts'
import { modelNotFound } from '../errors.ts'
import type { Transaction } from '../store/database.ts'
import { addUsage } from '../store/usage.ts'
import { countUse } from '../store/usage-counts.ts'
import type { Rate } from '../store/rates.ts'
import { admitRun } from './admit.ts'
import { refuseSpentBudget } from './budgets.ts'
import type { Context } from './context.ts'
import { refuseUnservedModel } from './models.ts'

/** A request for a model itself. What the answer has used counts for the project and the key, as that of a run does. */
export async function createChatCompletion(
  ctx: Context,
  request: ChatCompletionRequest,
  translated: () => TranslatedChatRequest,
  signal: AbortSignal,
): Promise<{ completed: Completed; rates: Rate[] }> {
  const { project, apiKey: api_key } = ctx
  const { model } = request
  const rates = await admitRun(ctx, ctx.catalog.look(model)?.name ?? model)
  await refuseSpentBudget(ctx)
  const completed = await ctx.completions.chat({
    request,
    translated,
    signal,
    used(usage) {
      const tokens = rates.filter(({ unit }) => unit === 'tokens')
      if (tokens.length > 0)
        void ctx.admission.limiter
          .charge(tokens, usage.total_tokens)
          .catch((error: unknown) => ctx.notCounted(error))
      count(ctx, (tx) => {
        const at = nowSeconds()
        addUsage(tx, {
          project,
          minute: at - (at % 60),
          api_key,
          model,
          assistant_id: '',
          requests: 1,
          input_tokens: usage.prompt_tokens,
          cached_tokens: usage.prompt_token_details.cached_tokens,
          output_tokens: usage.completion_tokens,
          reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
        })
      })
    },
  })
  if (completed) return { completed, rates }
  await refuseUnservedModel(ctx, model)
  throw modelNotFound(model, [])
}

export async function createEmbeddings(
  ctx: Context,
  request: EmbeddingsRequest,
  translated: () => TextEmbeddingsRequest,
  signal: AbortSignal,
): Promise<Completed> {
  const { project } = ctx
  const { model } = request
  await refuseSpentBudget(ctx)
  const completed = await ctx.completions.embed({
    request,
    translated,
    signal,
    used: (amount) => count(ctx, (tx) => countUse(tx, 'embeddings', { project, model, amount })),
  })
  if (completed) return completed
  throw modelNotFound(model, [])
}

/** Nobody waits until it is counted. */
function count(ctx: Context, write: (tx: Transaction) => void): void {
  void ctx.db.write((tx) => write(tx), 'committed').catch((error: unknown) => ctx.notCounted(error))
}
