import type { RunUsage } from './runs.ts'

/**
 * Something that took time in a run. None of this is in the original. Times are Unix seconds with three decimals. A span
 * refers to messages, steps and calls by their ids, which are null where the row is gone, and has no copy of any text.
 */
export type RunSpan = SpanOfRun & (PlainSpan | RequiredActionSpan | ToolCallSpan | ModelTurnSpan)

export interface SpanOfRun {
  id: string
  object: 'thread.run.span'
  run_id: string
  thread_id: string
  /** Which attempt at the run it belongs to, from 1. A run has several when its server was lost, or its caller answered. */
  attempt: number
  status: 'in_progress' | 'completed' | 'failed' | 'cancelled'
  started_at: number
  ended_at: number | null
  /** Why the span failed. For a `retry`: what is being waited for to pass. */
  error: string | null
}

interface PlainSpan {
  /**
   * `queued`: until a worker claims the run. `preparation`: tools get ready before a model turn. `retry`: the time before a
   * provider is asked again.
   */
  type: 'queued' | 'preparation' | 'retry'
}

interface RequiredActionSpan {
  type: 'required_action'
  /** The calls that the caller has to answer. */
  call_ids: string[]
}

interface ToolCallSpan {
  type: 'tool_call'
  step_id: string
  call_id: string
  tool: string
  /** The name by which the model called it. */
  name: string
}

interface ModelTurnSpan {
  type: 'model_turn'
  /** What the model has written: messages and calls. */
  step_ids: string[]
  /** The name that was asked for, and the name that it led to. */
  model: string
  served_model: string
  provider: string
  first_token_at: number | null
  finish: 'stop' | 'length' | 'content-filter' | 'tool_calls' | 'ended-early' | null
  usage: RunUsage | null
  context: RunContext
}

/** What a model was sent in one turn, in references and token counts. */
export interface RunContext {
  /** The context window of the model in tokens, and whether that is more than a guess. */
  window: number
  window_known: boolean
  /** What was kept free for the answer, in tokens. */
  reserved: number
  /** The estimate for everything that was sent: the sum of the parts without `dropped_messages`. */
  tokens: number
  /** In the order of the prompt. */
  parts: ContextPart[]
}

interface CallRef {
  tokens: number
  /** The run that made the call: this one, or an earlier one of the thread. */
  run_id: string | null
  step_id: string | null
  call_id: string | null
  tool: string | null
}

export type ContextPart =
  /** `repeated_request` asks for the format again, `continuation` for the rest of an answer that broke off. */
  | { type: 'instructions' | 'response_format' | 'continuation' | 'repeated_request'; tokens: number }
  /** What a tool or the format adds to the system text. */
  | { type: 'server_instructions'; tokens: number; source: string }
  | { type: 'tools'; tokens: number; tools: { name: string; tokens: number }[] }
  | {
      type: 'message'
      tokens: number
      message_id: string | null
      role: 'user' | 'assistant'
      /** How many pictures were sent with it. */
      images: number
      attachments: number
    }
  /** Items of the conversation between its messages: what responses have called there, with the results. */
  | { type: 'items'; tokens: number; item_ids: string[] }
  | {
      type: 'dropped_messages'
      /** Not known, because they were not read. */
      tokens: null
      first_id: string | null
      last_id: string | null
      count: number
      reason: 'context_window' | 'last_messages' | 'max_prompt_tokens'
    }
  /** The model's reasoning earlier in this run, which is sent back with its calls. */
  | { type: 'reasoning'; tokens: number; step_id: string | null }
  | ({ type: 'tool_call' } & CallRef)
  | ({
      type: 'tool_result'
      /** Of file search in this run: the passages that were sent. `result` is the index in the results of the call. */
      passages?: { file_id: string; result: number; tokens: number }[]
    } & CallRef)

/** An event as it was streamed, in a list. Not in the original. */
export interface LoggedRunEvent {
  /** The `id` of the event in a stream. */
  id: string
  object: 'thread.run.event'
  /** Unix seconds with three decimals. Null when it was written before this was kept. */
  created_at: number | null
  event: string
  data: unknown
}
