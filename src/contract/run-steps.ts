import type { MessageContent } from './messages.ts'
import type { Metadata } from './metadata.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { RunUsage } from './runs.ts'

export interface FunctionCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string; output: string | null }
}

export type CodeInterpreterOutput =
  | { type: 'logs'; logs: string }
  | { type: 'image'; image: { file_id: string } }

export interface CodeInterpreterCall {
  id: string
  type: 'code_interpreter'
  code_interpreter: { input: string; outputs: CodeInterpreterOutput[] }
}

export interface FileSearchResult {
  file_id: string
  file_name: string
  score: number
  attributes: Record<string, string | number | boolean>
  /** An addition to the original: the pages of the passage, counted from 1, in files that have pages. */
  page_start?: number
  page_end?: number
  /** Where each page after the first begins in the content. Never shown. */
  page_breaks?: PageBreak[]
  /** The positions of the later results that the model was shown in one passage with this one. Never shown. */
  joined?: number[]
  /** Shown only when the caller asked for it with `include[]`. */
  content?: { type: 'text'; text: string }[]
}

export interface PageBreak {
  page: number
  at: number
}

export interface FileSearchCall {
  id: string
  type: 'file_search'
  file_search: {
    ranking_options: { ranker: 'auto' | 'default_2024_08_21'; score_threshold: number }
    results: FileSearchResult[]
  }
}

export type ToolCall = FunctionCall | CodeInterpreterCall | FileSearchCall

export type StepDetails =
  | { type: 'message_creation'; message_creation: { message_id: string } }
  | { type: 'tool_calls'; tool_calls: ToolCall[] }

export type RunStepStatus = 'in_progress' | 'cancelled' | 'failed' | 'completed' | 'expired'

export interface RunStep {
  id: string
  object: 'thread.run.step'
  created_at: number
  run_id: string
  assistant_id: string
  thread_id: string
  type: 'message_creation' | 'tool_calls'
  status: RunStepStatus
  cancelled_at: number | null
  completed_at: number | null
  /**
   * The time at which the run expires while the step is active, and null when it is over. This was recorded, although
   * the formal shape has `expired_at`.
   */
  expires_at: number | null
  expired_at: number | null
  failed_at: number | null
  last_error: { code: 'server_error' | 'rate_limit_exceeded'; message: string } | null
  step_details: StepDetails
  usage: RunUsage | null
  metadata: Metadata
}

export type RunStepBody = Omit<RunStep, 'id' | 'object' | 'run_id' | 'status'> & HiddenOfStep

/** Data of a step that the engine needs and that is never shown. */
export interface HiddenOfStep {
  /** The results of the server's own tools as the model was given them, by call id. */
  told?: Record<string, string>
  /**
   * Arguments that the API does not show, by call id: those of searches, and those of programs that could not be
   * parsed.
   */
  asked?: Record<string, string>
  /** The ids of calls whose items were deleted from the conversation: no run is told of them any more. */
  deleted_calls?: string[]
  /** The usage of the model turn, stored when the turn is over while its calls are still running. */
  turn_usage?: RunUsage
  /** The ids of calls that wait, or have waited, for the caller to allow them, each with the name that the model gave. */
  approvals?: Record<string, string>
  /**
   * For a step with calls: the text that the model wrote after them, which becomes a message when the calls are over.
   */
  late?: MessageContent[]
  /** For a step with a message: the model wrote it after calls in the same turn. */
  after_calls?: boolean
  /**
   * Data that the provider needs with the calls later in the same run: its reasoning, and its metadata for each call,
   * by id.
   */
  replay?: {
    reasoning: { text: string; metadata: ProviderMetadata }[]
    calls: Record<string, ProviderMetadata>
  }
}

export interface RunStepRecord {
  seq: number
  id: string
  project: string
  run_id: string
  status: RunStepStatus
  body: RunStepBody
}

/** `includeContent` tells whether results of file search show the text that was found. */
export const toRunStep = (
  { id, run_id, status, body }: Omit<RunStepRecord, 'seq' | 'project'>,
  { includeContent }: { includeContent: boolean },
): RunStep => ({
  id,
  object: 'thread.run.step',
  created_at: body.created_at,
  run_id,
  assistant_id: body.assistant_id,
  thread_id: body.thread_id,
  type: body.type,
  status,
  cancelled_at: body.cancelled_at,
  completed_at: body.completed_at,
  expires_at: body.expires_at,
  expired_at: body.expired_at,
  failed_at: body.failed_at,
  last_error: body.last_error,
  step_details: show(body.step_details, includeContent),
  usage: body.usage,
  metadata: body.metadata,
})

function show(details: StepDetails, includeContent: boolean): StepDetails {
  if (details.type !== 'tool_calls') return details
  return {
    type: 'tool_calls',
    tool_calls: details.tool_calls.map((call) =>
      call.type === 'file_search'
        ? {
            ...call,
            file_search: {
              ...call.file_search,
              results: call.file_search.results.map((found) => showResult(found, includeContent)),
            },
          }
        : call,
    ),
  }
}

const showResult = (
  { file_id, file_name, score, attributes, page_start, page_end, content }: FileSearchResult,
  includeContent: boolean,
): FileSearchResult => ({
  file_id,
  file_name,
  score,
  attributes,
  ...(page_start !== undefined && { page_start }),
  ...(page_end !== undefined && { page_end }),
  ...(includeContent && content && { content }),
})

/** The only value of `include[]` that these routes accept. */
export const includeContentValue = 'step_details.tool_calls[*].file_search.results[*].content'
