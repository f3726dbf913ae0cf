import type { RunUsage } from '../runs.ts'

/** Something that took time in a response. Times are Unix seconds with three decimals. */
export type ResponseSpan = SpanOfResponse & (PlainSpan | ToolCallSpan | ModelTurnSpan)

export interface SpanOfResponse {
  id: string
  object: 'response.span'
  response_id: string
  /** Which attempt it belongs to, from 1. There are several when a server was lost. */
  attempt: number
  status: 'in_progress' | 'completed' | 'failed' | 'cancelled'
  started_at: number
  ended_at: number | null
  /** Why it failed. For a `retry`: what is being waited for to pass. */
  error: string | null
}

interface PlainSpan {
  type: 'queued' | 'preparation' | 'retry'
}

interface ToolCallSpan {
  type: 'tool_call'
  item_id: string
  call_id: string
  tool: string
  /** The name by which the model called it. */
  name: string
}

interface ModelTurnSpan {
  type: 'model_turn'
  /** What the model has written. */
  item_ids: string[]
  model: string
  served_model: string
  provider: string
  first_token_at: number | null
  finish: 'stop' | 'length' | 'content-filter' | 'tool_calls' | 'ended-early' | null
  usage: RunUsage | null
  context: ResponseContext
}

/** What a model was sent in one turn, in token counts. */
export interface ResponseContext {
  /** The context window of the model in tokens, and whether that is more than a guess. */
  window: number
  window_known: boolean
  /** What was kept free for the answer, in tokens. */
  reserved: number
  /** The estimate for everything that was sent: the sum of the parts. */
  tokens: number
  /** How many turns of the conversation were left out, because the window was full. */
  dropped: number
  /** In the order of the prompt. */
  parts: ResponseContextPart[]
}

export type ResponseContextPart =
  | { type: 'instructions' | 'response_format' | 'continuation' | 'repeated_request'; tokens: number }
  | { type: 'server_instructions'; tokens: number; source: string }
  | { type: 'tools'; tokens: number; tools: { name: string; tokens: number }[] }
  /** A message, or calls with their results. The ids are those of its items; none where they are not there any more. */
  | { type: 'items'; tokens: number; item_ids: string[] }

/** An event as it is streamed, in a list. */
export interface LoggedResponseEvent {
  id: string
  object: 'response.event'
  created_at: number | null
  event: string
  data: unknown
}
