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
  /** Not in the original: where the passage is, counted from 1, in files that have pages. */
  page_start?: number
  page_end?: number
  /** Where in the content a page begins, after the first; never shown. */
  page_breaks?: PageBreak[]
  /** Results that the model was shown as one passage with this one, after it, by their places; never shown. */
  joined?: number[]
  /** Shown only when the caller asked with `include[]`. */
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
  /** The run's while it is active, null when it is over: recorded, though the formal shape has `expired_at`. */
  expires_at: number | null
  expired_at: number | null
  failed_at: number | null
  last_error: { code: 'server_error' | 'rate_limit_exceeded'; message: string } | null
  step_details: StepDetails
  usage: RunUsage | null
  metadata: Metadata
}

export type RunStepBody = Omit<RunStep, 'id' | 'object' | 'run_id' | 'status'> & HiddenOfStep

/** What a step keeps for the engine and never shows. */
export interface HiddenOfStep {
  /** What the model was told of its own tools' results, by call id. */
  told?: Record<string, string>
  /** Arguments that the wire does not show, by call id: of searches, and of programs that could not be read. */
  asked?: Record<string, string>
  /** What the model turn cost, once it is over and while the calls are not. */
  turn_usage?: RunUsage
  /** Of calls: what the model said after them, to be said when they are over. */
  late?: MessageContent[]
  /** Of a message: the model said it after calls, in the same turn. */
  after_calls?: boolean
  /** What the provider wants back with the calls in the same run: its reasoning and its marks on each call, by id. */
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

/** `includeContent`: whether file search results show the text that was found. */
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

/** The one value of `include[]` that these routes know. */
export const includeContentValue = 'step_details.tool_calls[*].file_search.results[*].content'
