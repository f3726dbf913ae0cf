import { isTerminal, type RunStatus } from './run-status.ts'
import type { NewestMessages } from './messages.ts'
import type { Metadata } from './metadata.ts'
import type { ResponseChain } from './response-chain.ts'
import type { ReasoningEffort, ResponseFormat } from './response-format.ts'
import { onlyWhatIsSet, withCodeInterpreter, type ToolResources } from './tool-resources.ts'
import { withoutMcpSecrets } from './mcp.ts'
import type { AssistantTool, ToolChoice } from './tools.ts'
import type { TruncationStrategy } from './truncation-strategy.ts'

export interface RunUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  /** This name is singular on the wire, unlike the next one. */
  prompt_token_details: { cached_tokens: number }
  completion_tokens_details: { reasoning_tokens: number }
}

export interface RequiredFunctionCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export interface RequiredAction {
  type: 'submit_tool_outputs'
  submit_tool_outputs: { tool_calls: RequiredFunctionCall[] }
}

export interface RunError {
  /** The last code is not in the formal shape but was recorded. */
  code: 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt' | 'invalid_image_url'
  message: string
}

/** Why a run has failed, with a code that only the Responses API has. */
export interface RunFault {
  code: RunError['code'] | 'context_length_exceeded'
  message: string
}

const toRunError = ({ code, message }: RunFault): RunError => ({
  code: code === 'context_length_exceeded' ? 'invalid_prompt' : code,
  message,
})

/** `content_filter` is not in the formal shape but was recorded. Nothing of the Assistants API is `ended_early`. */
export type RunIncompleteReason =
  | 'max_completion_tokens'
  | 'max_prompt_tokens'
  | 'content_filter'
  | 'ended_early'

/** The time from the creation of a run to its `expires_at` (as recorded). A run that is not over by then expires. */
export const runLifetimeSeconds = 600

/** The task of a run. It never changes, even when the assistant does. */
export interface RunRequest {
  assistant_id: string
  model: string
  instructions: string | null
  tools: AssistantTool[]
  tool_resources: ToolResources
  temperature: number
  top_p: number
  reasoning_effort: ReasoningEffort | null
  max_completion_tokens: number | null
  max_prompt_tokens: number | null
  truncation_strategy: TruncationStrategy
  response_format: ResponseFormat
  tool_choice: ToolChoice
  parallel_tool_calls: boolean
  /**
   * Whether the stream shows the text that file search found, which is asked for with `include[]`. Never shown itself.
   */
  include_content: boolean
}

/** The progress and the result of a run. Times are in Unix seconds. */
export interface RunState {
  started_at: number | null
  cancelled_at: number | null
  failed_at: number | null
  completed_at: number | null
  required_action: RequiredAction | null
  last_error: RunFault | null
  incomplete_details: { reason: RunIncompleteReason } | null
  usage: RunUsage | null
  metadata: Metadata
  /** The `metadata` from the time when the run was active, if it was changed afterwards. Never shown. */
  first_metadata?: Metadata
  /** How many turns of the model are finished, where no other row says so. Never shown. */
  turns?: number
  /** How many answers of models the usage is for. Never shown. */
  model_requests?: number
  /** What answers have cost that are in no step, because they were refused. Part of `usage` at the end. Never shown. */
  refused_usage?: RunUsage
  /** How much of the run is counted already (`store/usage/usage.ts`). Never shown. */
  counted?: { requests: number; usage: RunUsage }
  /** Of a response that goes on with another one, or in a conversation. Never shown. */
  chain?: ResponseChain
  /** Of the request that has created the run, where the server traces runs. Never shown. */
  trace?: RunTrace
}

/** What the headers of a request say of the trace that it belongs to, and when it came, in milliseconds of Unix time. */
export interface RunTrace {
  created_ms: number
  traceparent?: string
  tracestate?: string
}

/** The state of a run that has not started. */
export const newRunState = (metadata: Metadata): RunState => ({
  started_at: null,
  cancelled_at: null,
  failed_at: null,
  completed_at: null,
  required_action: null,
  last_error: null,
  incomplete_details: null,
  usage: null,
  metadata,
})

/** The fields of a run that no worker has claimed yet. */
export const unclaimedRun = {
  api: 'assistants' as const,
  cancel_requested: false,
  ends_early: false,
  attempt: 0,
  losses: 0,
  blamed: 0,
  lease_owner: null,
  lease_until: null,
  last_event: 0,
  previous: null,
  stored: 1 as const,
  copied_from: null,
  api_key: '',
}

/** The APIs through which a run may come. */
export type RunApi = 'assistants' | 'responses'

/** A run as it is stored, whatever API it came through. */
export interface StoredRun {
  seq: number
  id: string
  project: string
  api: RunApi
  /** 0 when its caller is not to find it again, and it is deleted soon after its end. */
  stored: 0 | 1
  /** The run after which this one goes on, where its conversation is not a thread. */
  previous: string | null
  /** The thread that is locked while the run is active. */
  thread_id: string | null
  /** The provider of the model when the run was created. Providers take turns in getting places for runs. */
  provider: string
  status: RunStatus
  created_at: number
  expires_at: number
  cancel_requested: boolean
  /** The caller wants the run to end at the next point at which nothing of it is half done. */
  ends_early: boolean
  attempt: number
  /**
   * `losses` counts the attempts that were lost with their server since the run last made progress. `blamed` counts
   * those of them in which only this run can have been the reason.
   */
  losses: number
  blamed: number
  lease_owner: string | null
  lease_until: number | null
  last_event: number
  request: { model: string }
  state: RunState
  /** The run that this one is a copy of. */
  copied_from: string | null
  /** The id of the key with which it was created, or ''. What it uses is counted for that key. */
  api_key: string
}

/** A run of the Assistants API. */
export interface RunRecord extends StoredRun {
  api: 'assistants'
  thread_id: string
  request: RunRequest
  /** Gives all messages of its thread once, where this process has just read them. It is in no column. */
  newest?: () => NewestMessages | undefined
}

export interface Run {
  id: string
  object: 'thread.run'
  created_at: number
  assistant_id: string
  thread_id: string
  status: RunStatus
  started_at: number | null
  expires_at: number | null
  cancelled_at: number | null
  failed_at: number | null
  completed_at: number | null
  required_action: RequiredAction | null
  last_error: RunError | null
  model: string
  instructions: string | null
  tools: AssistantTool[]
  tool_resources: ToolResources
  metadata: Metadata
  temperature: number
  top_p: number
  reasoning_effort: ReasoningEffort | null
  max_completion_tokens: number | null
  max_prompt_tokens: number | null
  truncation_strategy: TruncationStrategy
  incomplete_details: { reason: RunIncompleteReason } | null
  usage: RunUsage | null
  response_format: ResponseFormat
  tool_choice: ToolChoice
  parallel_tool_calls: boolean
  /** Only set in a copied thread: the run that this one is a copy of. An addition to the original. */
  copied_from?: string
  /**
   * Only set while the run waits for a place, or for a provider that cannot be reached. An addition to the original.
   */
  status_details?: {
    type: 'queued' | 'in_progress'
    reason: 'server_busy' | 'provider_busy' | 'project_busy' | 'provider_unreachable' | 'rate_limit'
    message: string
  }
}

/** A run in progress that is to be cancelled is shown as `cancelling`. */
export const toStatus = ({
  status,
  cancel_requested,
}: {
  status: RunStatus
  cancel_requested: boolean | number
}): RunStatus => (cancel_requested && status === 'in_progress' ? 'cancelling' : status)

/** The fields of a record that `toRun` reads. */
export type RunToShow = Pick<
  RunRecord,
  | 'id'
  | 'thread_id'
  | 'status'
  | 'created_at'
  | 'expires_at'
  | 'cancel_requested'
  | 'request'
  | 'state'
  | 'copied_from'
>

/**
 * `answer` is the shape in REST answers. `event` is the shape in a stream, where tool_resources always lists the files
 * of code interpreter.
 */
export const toRun = (record: RunToShow, kind: 'answer' | 'event' = 'answer'): Run => {
  const { request, state } = record
  const over = isTerminal(record.status)
  return {
    id: record.id,
    object: 'thread.run',
    created_at: record.created_at,
    assistant_id: request.assistant_id,
    thread_id: record.thread_id,
    status: toStatus(record),
    started_at: state.started_at,
    expires_at: over ? null : record.expires_at,
    cancelled_at: state.cancelled_at,
    failed_at: state.failed_at,
    completed_at: state.completed_at,
    required_action: state.required_action,
    last_error: state.last_error && toRunError(state.last_error),
    model: request.model,
    instructions: request.instructions,
    tools: request.tools.map(withoutMcpSecrets),
    tool_resources:
      kind === 'answer' ? onlyWhatIsSet(request.tool_resources) : withCodeInterpreter(request.tool_resources),
    metadata: state.metadata,
    temperature: request.temperature,
    top_p: request.top_p,
    reasoning_effort: request.reasoning_effort,
    max_completion_tokens: request.max_completion_tokens,
    max_prompt_tokens: request.max_prompt_tokens,
    truncation_strategy: request.truncation_strategy,
    incomplete_details: state.incomplete_details,
    usage: over ? state.usage : null,
    response_format: request.response_format,
    tool_choice: request.tool_choice,
    parallel_tool_calls: request.parallel_tool_calls,
    ...(record.copied_from !== null && { copied_from: record.copied_from }),
  }
}
