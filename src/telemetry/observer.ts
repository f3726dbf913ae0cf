/**
 * What the server does, told while it does it, to whoever counts or traces. Nothing that is told has words of a conversation,
 * arguments of a tool, or keys. Implementations must not throw and must return at once.
 */
export interface Observer {
  request(done: DoneRequest): void
  /** A run that a worker of this server has begun with, for the first time. */
  runBegan(run: ObservedRun, queuedSeconds: number): void
  /** Something that took time in a run, when it is over. */
  span(run: ObservedRun, span: DoneSpan): void
  runEnded(run: ObservedRun, status: string): void
  /** A webhook was sent to an endpoint: taken, to be sent again, or given up. */
  webhookTried(status: 'delivered' | 'postponed' | 'failed'): void
  /** A transaction was committed, from its beginning to its end on the disk. */
  committed(seconds: number): void
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
  provider: string
  model: string
}

/** Times are in milliseconds of Unix time. */
export interface DoneSpan {
  type: string
  started_at: number
  ended_at: number
  status: 'completed' | 'failed'
  error?: string | undefined
  /** Of a model turn. */
  first_token_at?: number | undefined
  served_model?: string | undefined
  usage?: ObservedUsage | null | undefined
  /** Of a call of a tool: its type. */
  tool?: string | undefined
}

export interface ObservedUsage {
  prompt_tokens: number
  completion_tokens: number
  prompt_token_details?: { cached_tokens: number } | undefined
  completion_tokens_details?: { reasoning_tokens: number } | undefined
}

/** Tells several observers. */
export const observers = (all: readonly Observer[]): Observer => ({
  request: (done) => all.forEach((one) => one.request(done)),
  runBegan: (run, queuedSeconds) => all.forEach((one) => one.runBegan(run, queuedSeconds)),
  span: (run, span) => all.forEach((one) => one.span(run, span)),
  runEnded: (run, status) => all.forEach((one) => one.runEnded(run, status)),
  webhookTried: (status) => all.forEach((one) => one.webhookTried(status)),
  committed: (seconds) => all.forEach((one) => one.committed(seconds)),
})
