/**
 * What the server does, told while it does it, to whoever counts or traces. Nothing that is told has words of a conversation,
 * arguments of a tool, or keys, but for `contents`. Implementations must not throw and must return at once.
 */
export interface Observer {
  /** Whether the work is traced, so that it is worth keeping what the caller's headers say of a trace. */
  readonly traces?: boolean
  /** Whether the operator asks for the contents of spans. */
  readonly wantsContents?: boolean
  request(done: DoneRequest): void
  /** A run that a worker of this server has begun with, for the first time. */
  runBegan(run: ObservedRun, queuedSeconds: number): void
  /** Something that took time in a run, when it is over. */
  span(run: ObservedRun, span: DoneSpan): void
  /** A webhook was sent to an endpoint: taken, to be sent again, or given up. */
  webhookTried(status: 'delivered' | 'postponed' | 'failed'): void
  /** A run has ended in this server, whoever has ended it. */
  runEnded(run: ObservedRun, end: RunEnding): void
  /** Work on a file of a vector store is over, for now or for good. */
  fileIndexed(file: IndexedFile): void
  /** A transaction was committed, from its beginning to its end on the disk. */
  committed(seconds: number): void
  /** A request for a model itself is over, where the work is traced. */
  completionEnded?(done: DoneCompletion): void
  /** What lets another program continue the trace of a span that goes on. */
  headersFor?(run: ObservedRun, span: SpanId): Record<string, string>
  headersForCompletion?(work: CompletionWork): Record<string, string>
}

/** A request for a model itself, or for embeddings, without a run. Times are in milliseconds of Unix time. */
export interface CompletionWork {
  /** A name of its own, which nobody is told. */
  id: string
  operation: 'chat' | 'embeddings'
  project: string
  trace: CallersTrace | undefined
  provider: string
  /** What the name that was asked for leads to. */
  model: string
  started_at: number
}

export interface DoneCompletion extends CompletionWork {
  ended_at: number
  /** Of a stream. */
  first_token_at?: number | undefined
  /** The code of the error. */
  error?: string | undefined
  usage?: ObservedUsage | undefined
}

export interface DoneRequest {
  method: string
  /** The pattern of its path, `/v1/threads/:thread_id`; '' where no route has it. */
  route: string
  status: number
  seconds: number
}

export interface ObservedRun {
  id: string
  project: string
  /** The thread of the run, and its assistant, where it has them. */
  thread: string | undefined
  assistant: string | undefined
  provider: string
  /** The name that was asked for. */
  model: string
  /** In Unix seconds. */
  created_at: number
  trace: CallersTrace | undefined
  settings: { temperature: number; top_p: number; max_tokens: number | null; output_type: 'text' | 'json' }
}

/** What the run keeps of the request that has created it, where runs are traced. */
export interface CallersTrace {
  /** In milliseconds of Unix time. */
  created_ms: number
  traceparent?: string
  tracestate?: string
}

export interface RunEnding {
  status: string
  usage: ObservedUsage | null
  /** The code of its `last_error`. */
  error: string | undefined
}

/** Spans of a run are numbered in each attempt, from 1. */
export interface SpanId {
  attempt: number
  n: number
}

/** Times are in milliseconds of Unix time. */
export interface DoneSpan extends SpanId {
  type: string
  started_at: number
  ended_at: number
  status: 'completed' | 'failed'
  error?: string | undefined
  error_code?: string | undefined
  /** Of a model turn. */
  provider?: string | undefined
  first_token_at?: number | undefined
  served_model?: string | undefined
  usage?: ObservedUsage | null | undefined
  finish?: string | undefined
  /** Of a call of a tool: its type and the id of the call. */
  tool?: string | undefined
  call_id?: string | undefined
  contents?: SpanContents | undefined
}

/** Words of the conversation, where the operator asks for them. */
export interface SpanContents {
  /** Of a model turn: the prompt, the tools that were offered, and the parts in which the model has answered. */
  prompt?: unknown
  tools?: unknown
  answer?: unknown
  /** Of a call of a tool. */
  arguments?: string | undefined
  result?: string | undefined
}

export interface ObservedUsage {
  prompt_tokens: number
  completion_tokens: number
  prompt_token_details?: { cached_tokens: number } | undefined
  completion_tokens_details?: { reasoning_tokens: number } | undefined
}

/** Times are in milliseconds of Unix time. */
export interface IndexedFile {
  id: string
  project: string
  vector_store: string
  bytes: number
  started_at: number
  ended_at: number
  /** `postponed` when it is tried again later. */
  status: 'completed' | 'failed' | 'postponed'
  /** The code of its `last_error`, or why it was postponed. */
  error?: string | undefined
  stages: { stage: string; started_at: number; ended_at: number }[]
}

/** Tells several observers, and also those that the list gets later. */
export const observers = (all: readonly Observer[]): Observer => ({
  get traces() {
    return all.some((one) => one.traces)
  },
  get wantsContents() {
    return all.some((one) => one.wantsContents)
  },
  request: (done) => all.forEach((one) => one.request(done)),
  runBegan: (run, queuedSeconds) => all.forEach((one) => one.runBegan(run, queuedSeconds)),
  span: (run, span) => all.forEach((one) => one.span(run, span)),
  webhookTried: (status) => all.forEach((one) => one.webhookTried(status)),
  runEnded: (run, end) => all.forEach((one) => one.runEnded(run, end)),
  fileIndexed: (file) => all.forEach((one) => one.fileIndexed(file)),
  committed: (seconds) => all.forEach((one) => one.committed(seconds)),
  completionEnded: (done) => all.forEach((one) => one.completionEnded?.(done)),
  headersFor: (run, span) => Object.assign({}, ...all.map((one) => one.headersFor?.(run, span))),
  headersForCompletion: (work) => Object.assign({}, ...all.map((one) => one.headersForCompletion?.(work))),
})
