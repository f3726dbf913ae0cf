import { nowSeconds } from '../common/clock.ts'
import type { Completed } from '../completions/completions.ts'
import type { CompactRequest, ResponseCompaction } from '../contract/responses/compaction.ts'
import type { ResponseUsage } from '../contract/responses/response.ts'
import { shownItem } from '../contract/responses/shown-item.ts'
import { translatedChatRequest } from '../contract/chat-completions.ts'
import { servedTier } from '../contract/responses/service-tier.ts'
import { containerIn } from '../contract/responses/containers.ts'
import { prefixOf, type Item, type StoredItem } from '../contract/responses/items.ts'
import { newItemId, newResponseId } from '../common/ids.ts'
import { noInput, noSummary } from '../errors/response-errors.ts'
import { sealCompaction } from '../responses/compaction.ts'
import { readToFold } from '../responses/read-back.ts'
import { sinceCompaction, summaryId } from '../responses/since-compaction.ts'
import { textOfTurns } from '../responses/text-of-turns.ts'
import { toTurns } from '../responses/to-turns.ts'
import { sealingKey } from '../store/sealing-keys.ts'
import type { Rate } from '../store/usage/rates.ts'
import { summaryInstructions } from '../common/summary-instructions.ts'
import { refuseSpentBudget } from './budgets.ts'
import { createChatCompletion } from './chat-completions.ts'
import type { Context } from './context.ts'
import { itemsToRead } from './items-before.ts'
import { refuseUnknownModel } from './models.ts'

/** How much of the window of a model is left for its instructions and the summary. */
const leftShare = 0.25

/**
 * Folds a conversation into a compaction, with which the next one begins. What the user and the developer have said stays as it
 * is. Nothing is stored.
 */
export async function compactResponse(
  ctx: Context,
  input: CompactRequest,
  signal: AbortSignal,
): Promise<{ compaction: ResponseCompaction; rates: Rate[] }> {
  const { model } = input
  await refuseUnknownModel(ctx, model)
  await refuseSpentBudget(ctx, { previous: input.previous_response_id })
  const served = await ctx.catalog.resolve(model)
  const key = await sealingKey(ctx.db)
  const { before, given } = await itemsToRead(ctx, input)
  const budget = (served?.contextWindow ?? Infinity) * (1 - leftShare)
  const { items, open } = await readToFold(before, given, budget)
  if (items.length === 0) throw noInput()
  const read = items.map((stored) => ({ stored, own: false }))
  const instructions = [
    summaryInstructions,
    ...(input.instructions ? [`The assistant was told: ${input.instructions}`] : []),
  ]
  const request = {
    model,
    messages: [
      { role: 'system', content: instructions.join('\n\n') },
      { role: 'user', content: textOfTurns(toTurns(read), budget) ?? '' },
    ],
    stream: undefined,
    stream_options: undefined,
  }
  const translated = () => translatedChatRequest.parse(request)
  const tier = servedTier(input.service_tier ?? 'auto')
  const { completed, rates } = await createChatCompletion(ctx, request, translated, signal, {
    promptCacheKey: input.prompt_cache_key,
    promptCacheRetention: input.prompt_cache_retention,
    serviceTier: tier === 'auto' ? undefined : tier,
  })
  const { summary, usage } = readSummary(completed, model)
  const id = newResponseId(input.previous_response_id)
  // Open calls stay as they are beside the summary, because the next request may have their outputs.
  const container = items.map(containerIn).findLast((one) => one !== undefined)
  const compacted = { summary, kept: open, replaces: 'answers' as const, ...(container && { container }) }
  const sealed = sealCompaction(key, ctx.project, compacted)
  const folded: Item = {
    id: newItemId(prefixOf('compaction'), id),
    type: 'compaction',
    encrypted_content: sealed,
  }
  const compaction: ResponseCompaction = {
    id,
    object: 'response.compaction',
    created_at: nowSeconds(),
    output: [...sinceCompaction(read).flatMap(({ stored }) => saidToModel(stored, id)), folded],
    usage,
  }
  return { compaction, rates }
}

/** What the user or the developer has said, with a new id. A summary of before is folded into the new one. */
const saidToModel = ({ item }: StoredItem, responseId: string): Item[] =>
  item.type === 'message' && item.role !== 'assistant' && item.id !== summaryId
    ? [
        shownItem({ ...item, id: newItemId(prefixOf('message'), responseId) }, [
          'message.input_image.image_url',
        ]),
      ]
    : []

interface ChatAnswer {
  choices?: { message?: { content?: unknown } }[]
  usage?: {
    prompt_tokens?: number
    completion_tokens?: number
    prompt_tokens_details?: { cached_tokens?: number } | null
    completion_tokens_details?: { reasoning_tokens?: number } | null
  } | null
}

function readSummary(completed: Completed, model: string): { summary: string; usage: ResponseUsage } {
  const answer = (
    'json' in completed ? JSON.parse(completed.json) : 'object' in completed ? completed.object : {}
  ) as ChatAnswer
  const summary = answer.choices?.[0]?.message?.content
  if (typeof summary !== 'string' || summary.trim() === '') throw noSummary(model)
  const { prompt_tokens: input = 0, completion_tokens: output = 0, ...details } = answer.usage ?? {}
  const usage: ResponseUsage = {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: details.prompt_tokens_details?.cached_tokens ?? 0,
      cache_write_tokens: 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: details.completion_tokens_details?.reasoning_tokens ?? 0 },
    total_tokens: input + output,
  }
  return { summary: summary.trim(), usage }
}
