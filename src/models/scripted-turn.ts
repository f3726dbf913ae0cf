/**
 * What the model does in one call. Played in the order reasoning, text, tool calls, then `error` or `hang`,
 * then the end of the turn.
 */
export interface ScriptedTurn {
  reasoning?: string | string[]
  /** A list is streamed as one delta per entry; a string as a single delta. */
  text?: string | string[]
  toolCalls?: ScriptedToolCall[]
  /**
   * Without output before it the call itself fails, as a refused HTTP request does; after output the stream breaks.
   * The object form becomes an `APICallError` with that HTTP status (default 500).
   */
  error?: Error | ScriptedError
  /** Never ends: waits, after any output, until the call is aborted or its stream cancelled. */
  hang?: boolean
  /** Milliseconds before each delta; default 0. */
  delayMs?: number
  /** Default: `tool-calls` when there are any, else `stop`. */
  finishReason?: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'
  /** In tokens; estimated from the texts when left out. */
  usage?: { input: number; output: number }
}

export interface ScriptedToolCall {
  /** Default: `call_` and a number that is unique within this model. */
  id?: string
  name: string
  /** A string is sent as it is, so that broken JSON can be played too. */
  arguments: unknown
}

export interface ScriptedError {
  status?: number
  message: string
  retryAfterMs?: number
  /** The `error.code` of the provider's body, for example `insufficient_quota`. */
  code?: string
}
