import { nowSeconds } from '../common/clock.ts'
import { toConversationId } from '../contract/responses/conversations.ts'
import {
  responseLifetimeSeconds,
  type ResponseRecord,
  type ResponseRequest,
} from '../contract/responses/response.ts'
import { servedTier } from '../contract/responses/service-tier.ts'
import type { ResponseChain } from '../contract/response-chain.ts'
import { newRunState, unclaimedRun } from '../contract/runs.ts'
import type { Context } from './context.ts'
import type { PromptedRequest } from './prompts.ts'

/** What a response goes on with. At most one of the two is set. */
export interface Origin {
  previous: ResponseRecord | undefined
  thread: { id: string } | undefined
}

interface NewResponse extends Origin {
  id: string
  provider: string
  chain?: ResponseChain | undefined
  container?: string | undefined
  /** Whether all items of the input have ids that were made for it. */
  hasNewIds: boolean
}

/** A response that is about to be written. */
export function newResponse(
  ctx: Context,
  input: PromptedRequest,
  { id, provider, previous, thread, chain, container, hasNewIds }: NewResponse,
): ResponseRecord {
  const now = nowSeconds()
  return {
    seq: 0,
    id,
    project: ctx.project,
    thread_id: thread?.id ?? null,
    provider,
    status: 'queued',
    created_at: now,
    expires_at: now + responseLifetimeSeconds,
    ...unclaimedRun,
    api: 'responses',
    stored: input.store ? 1 : 0,
    previous: previous?.id ?? null,
    api_key: ctx.apiKey,
    request: snapshot(input),
    state: {
      ...newRunState(input.metadata),
      ...(ctx.trace && { trace: ctx.trace }),
      previous_response_id: previous?.id ?? null,
      ...(chain && { chain }),
      ...(thread && { conversation: toConversationId(thread.id) }),
      ...(container !== undefined && { container }),
      ...(hasNewIds && { new_ids: true }),
    },
  }
}

/** What the response shows of its request. What was left out has its default. */
function snapshot(input: PromptedRequest): ResponseRequest {
  return {
    model: input.model,
    background: input.background,
    stream: input.stream,
    store: input.store,
    include: input.include ?? [],
    ...(input.context_management?.[0] && {
      compact_at: input.context_management[0].compact_threshold ?? null,
    }),
    instructions: input.promptInstructions ?? input.instructions ?? null,
    ...(input.prompt && { prompt: input.prompt }),
    frequency_penalty: input.frequency_penalty ?? 0,
    presence_penalty: input.presence_penalty ?? 0,
    temperature: input.temperature ?? 1,
    top_p: input.top_p ?? 1,
    max_output_tokens: input.max_output_tokens ?? null,
    max_tool_calls: input.max_tool_calls ?? null,
    parallel_tool_calls: input.parallel_tool_calls,
    prompt_cache_key: input.prompt_cache_key ?? null,
    prompt_cache_retention: input.prompt_cache_retention ?? null,
    reasoning: { effort: input.reasoning?.effort ?? null, summary: input.reasoning?.summary ?? null },
    safety_identifier: input.safety_identifier ?? null,
    service_tier: servedTier(input.service_tier),
    text: {
      format: input.text?.format ?? { type: 'text' },
      verbosity: input.text?.verbosity ?? 'medium',
    },
    tool_choice: input.tool_choice ?? 'auto',
    tools: input.tools ?? [],
    top_logprobs: input.top_logprobs ?? 0,
    truncation: input.truncation,
    user: input.user ?? null,
  }
}
