import type { Metadata } from '../metadata.ts'
import type { ReasoningEffort } from '../response-format.ts'
import { isTerminal } from '../run-status.ts'
import type { RunIncompleteReason, RunState, RunUsage, StoredRun } from '../runs.ts'
import type { EntriesBefore } from './entries.ts'
import type { Item, ItemRecord, StoredItem } from './items.ts'
import type { PromptInstructions, ResponsePrompt } from './prompts.ts'
import { shownItem, type Include } from './shown-item.ts'
import { shownTool, type ResponseTool, type ResponseToolChoice, type ShownTool } from './response-tools.ts'

export type TextFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      description: string | null
      name: string
      schema: Record<string, unknown>
      strict: boolean
    }

/** The task of a response. What was said is in its items. */
export interface ResponseRequest {
  model: string
  background: boolean
  stream: boolean
  /** Left out by responses of servers that had none. */
  top_logprobs?: number
  /** At how many tokens the context is compacted. Null where the server chooses. Never shown. */
  compact_at?: number | null
  store: boolean
  include: Include[]
  /** What a prompt gives is a list of messages. */
  instructions: string | PromptInstructions | null
  prompt?: ResponsePrompt
  frequency_penalty: number
  presence_penalty: number
  temperature: number
  top_p: number
  max_output_tokens: number | null
  max_tool_calls: number | null
  parallel_tool_calls: boolean
  prompt_cache_key: string | null
  prompt_cache_retention: 'in_memory' | '24h' | null
  reasoning: { effort: ReasoningEffort | null; summary: 'auto' | 'concise' | 'detailed' | null }
  safety_identifier: string | null
  service_tier: 'auto' | 'default' | 'flex' | 'priority'
  text: { format: TextFormat; verbosity: 'low' | 'medium' | 'high' }
  tool_choice: ResponseToolChoice
  tools: ResponseTool[]
  truncation: 'auto' | 'disabled'
  user: string | null
}

export interface ResponseState extends RunState {
  /** As the caller gave it. */
  previous_response_id: string | null
  /** The id of its conversation, also when that is deleted. */
  conversation?: string | null
  /** True of one that has waited for its conversation: what was called there meanwhile is no items yet. */
  waited?: boolean
  /** True where no item of its input has an id that the caller gave, and that an entry of a conversation may have. */
  new_ids?: boolean
  /** The id of the container in which its programs run, and those of responses that go on with it. */
  container?: string | undefined
}

/** A run of the Responses API. */
export interface ResponseRecord extends StoredRun {
  api: 'responses'
  request: ResponseRequest
  state: ResponseState
  /** Its input, where this process has written it and need not read it. It is in no column. */
  input?: readonly { body: StoredItem }[]
  /** Gives all items of its conversation once, where this process has just read them. It is in no column. */
  newest?: () => EntriesBefore | undefined
}

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'incomplete'

export interface ResponseUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}

/** `steered` is of a response whose caller said something while it was made, which another response goes on with. */
export type IncompleteReason = 'max_output_tokens' | 'content_filter' | 'steered'

export interface Response {
  id: string
  object: 'response'
  created_at: number
  status: ResponseStatus
  background: boolean
  /** Newer than all recordings: clients of November 2026 require it, and null stands for no program. */
  access_programs: null
  completed_at: number | null
  /** Absent where there is none. */
  conversation?: { id: string }
  error: { code: string; message: string } | null
  frequency_penalty: number
  incomplete_details: { reason: IncompleteReason } | null
  instructions: string | PromptInstructions | null
  max_output_tokens: number | null
  max_tool_calls: number | null
  model: string
  output: Item[]
  parallel_tool_calls: boolean
  presence_penalty: number
  previous_response_id: string | null
  /** Absent where there is none. */
  prompt?: ResponsePrompt
  prompt_cache_key: string | null
  prompt_cache_retention: string | null
  reasoning: { effort: string | null; summary: string | null }
  safety_identifier: string | null
  service_tier: string
  store: boolean
  temperature: number
  text: { format: TextFormat; verbosity: string }
  tool_choice: ResponseToolChoice
  tools: ShownTool[]
  top_logprobs: number
  top_p: number
  truncation: string
  usage: ResponseUsage | null
  user: string | null
  metadata: Metadata
}

/** The time from the creation of a response to its expiry, in seconds. */
export const responseLifetimeSeconds = 3_600

/** The status that a run has as a response. A response that was in progress for too long has failed. */
export function statusOf({
  status,
  cancel_requested,
}: Pick<StoredRun, 'status' | 'cancel_requested'>): ResponseStatus {
  switch (status) {
    case 'cancelling':
      return 'cancelled'
    case 'expired':
      return 'failed'
    case 'requires_action':
      return 'in_progress'
    default:
      return cancel_requested && !isTerminal(status) ? 'cancelled' : status
  }
}

/** The response with these items of its output, which are shown when it is over. */
export function toResponse(run: ResponseRecord, output: readonly Pick<ItemRecord, 'body'>[]): Response {
  const { request, state } = run
  const status = statusOf(run)
  const over = status !== 'queued' && status !== 'in_progress'
  return {
    id: run.id,
    object: 'response',
    created_at: run.created_at,
    status,
    background: request.background,
    access_programs: null,
    completed_at: status === 'completed' ? state.completed_at : null,
    ...(state.conversation != null && { conversation: { id: state.conversation } }),
    error: status === 'failed' ? errorOf(run) : null,
    frequency_penalty: request.frequency_penalty,
    incomplete_details: status === 'incomplete' ? incompleteDetails(state) : null,
    instructions: request.instructions,
    max_output_tokens: request.max_output_tokens,
    max_tool_calls: request.max_tool_calls,
    model: request.model,
    output:
      over && status !== 'cancelled' ? output.map(({ body }) => shownItem(body.item, request.include)) : [],
    parallel_tool_calls: request.parallel_tool_calls,
    presence_penalty: request.presence_penalty,
    previous_response_id: state.previous_response_id,
    ...(request.prompt && { prompt: request.prompt }),
    prompt_cache_key: request.prompt_cache_key,
    prompt_cache_retention: request.prompt_cache_retention,
    reasoning: request.reasoning,
    safety_identifier: request.safety_identifier,
    service_tier: over && request.service_tier === 'auto' ? 'default' : request.service_tier,
    store: request.store,
    temperature: request.temperature,
    text: request.text,
    tool_choice: request.tool_choice,
    tools: request.tools.map(shownTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p,
    truncation: request.truncation,
    usage: status === 'completed' || status === 'incomplete' ? usageOf(state.usage) : null,
    user: request.user,
    metadata: state.metadata,
  }
}

function errorOf({ status, state: { last_error: error } }: ResponseRecord): Response['error'] {
  if (error) return { code: error.code, message: error.message }
  const why = status === 'expired' ? 'The response was not finished in time.' : 'The response has failed.'
  return { code: 'server_error', message: why }
}

const incompleteDetails = ({ incomplete_details: details }: RunState): Response['incomplete_details'] => ({
  reason: details ? incompleteReasons[details.reason] : 'max_output_tokens',
})

const incompleteReasons: Record<RunIncompleteReason, IncompleteReason> = {
  max_completion_tokens: 'max_output_tokens',
  max_prompt_tokens: 'max_output_tokens',
  content_filter: 'content_filter',
  ended_early: 'steered',
}

const usageOf = (usage: RunUsage | null): ResponseUsage | null =>
  usage && {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {
      cached_tokens: usage.prompt_token_details.cached_tokens,
      cache_write_tokens: 0,
    },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: usage.completion_tokens_details.reasoning_tokens },
    total_tokens: usage.total_tokens,
  }

export interface DeletedResponse {
  id: string
  object: 'response.deleted'
  deleted: true
}
