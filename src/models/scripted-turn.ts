import type { ScriptedPart } from './scripted-parts.ts'

/**
 * What the model does in one call. It plays its parts, then reasoning, text and tool calls in this order, then `error` or `hang`, then
 * the end of the turn.
 */
export interface ScriptedTurn {
  /** What comes before all else, in this order. */
  parts?: ScriptedPart[]
  /** A list of lists is reasoning of several parts, as summaries have. */
  reasoning?: string | string[] | string[][]
  /** A list is streamed as one delta for each entry, a string as a single delta. */
  text?: string | string[]
  toolCalls?: ScriptedToolCall[]
  /**
   * Without output before it, the call itself fails, as a refused HTTP request does. After output, the stream breaks.
   * The object form becomes an `APICallError` with that HTTP status (default 500).
   */
  error?: Error | ScriptedError
  /** Never ends: after its output the turn waits until the call is aborted or its stream is cancelled. */
  hang?: boolean
  /** In milliseconds, before each delta. The default is 0. */
  delayMs?: number
  /** The default is `tool-calls` when there are any, and otherwise `stop`. */
  finishReason?: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'
  /** In tokens. Estimated from the texts when left out. */
  usage?: { input: number; output: number }
}

export interface ScriptedToolCall {
  /** The default is `call_` and a number that is unique within this model. */
  id?: string
  name: string
  /** A string is sent as it is, so that invalid JSON can be played too. */
  arguments: unknown
}

export interface ScriptedError {
  status?: number
  message: string
  retryAfterMs?: number
  /** The `error.code` of the provider's body, for example `insufficient_quota`. */
  code?: string
}
