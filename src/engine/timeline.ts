import { storeParts, type SentPart, type StoredParts } from './sent-parts.ts'

/** A change of one span: everything that is known of it at the beginning, and later what has become known since. */
export interface SpanNote {
  /** The number of the span in its attempt. */
  n: number
  type?: string
  /** In milliseconds of Unix time, as all times here. */
  started_at?: number
  ended_at?: number
  status?: 'completed' | 'failed'
  error?: string
  /** The span was not worth telling. */
  dropped?: true
  [field: string]: unknown
}

/** What a model turn is sent, in references and token counts. */
export interface SentContext {
  /** In tokens. */
  window: number
  /** Whether the size of the window is more than a guess. */
  windowKnown: boolean
  /** What is kept free for the answer, in tokens. */
  reserved: number
  parts: SentPart[]
  /** What was left out of the conversation. Undefined when nothing was. */
  cut:
    | { reason: 'context_window' | 'last_messages' | 'max_prompt_tokens'; after: number; before: number }
    | undefined
}

export interface StoredContext extends Omit<SentContext, 'parts'> {
  parts: StoredParts
}

/** Something that takes time in a run. What is still open when the run ends is closed by whoever reads the timeline. */
export interface OpenSpan {
  set(more: object): void
  end(more?: object): void
  fail(error: string, more?: object): void
  drop(): void
}

/** Notes what one attempt at a run does, and when. The recorder writes the notes together with everything else. */
export interface Timeline {
  begin(type: string, fields?: object): OpenSpan
  beginTurn(model: { model: string; provider: string; served_model: string }, context: SentContext): OpenSpan
}

export function createTimeline(recorder: { note: (note: SpanNote) => void }): Timeline {
  let count = 0
  let sent: readonly SentPart[] = []
  function begin(type: string, fields: object = {}): OpenSpan {
    const n = ++count
    const end = (status: 'completed' | 'failed', more: object) =>
      recorder.note({ n, ended_at: Date.now(), status, ...more })
    recorder.note({ n, type, started_at: Date.now(), ...fields })
    return {
      set: (more) => recorder.note({ n, ...more }),
      end: (more = {}) => end('completed', more),
      fail: (error, more = {}) => end('failed', { error, ...more }),
      drop: () => recorder.note({ n, dropped: true }),
    }
  }
  return {
    begin,
    beginTurn(model, { parts, ...context }) {
      const stored: StoredContext = { ...context, parts: storeParts(sent, parts) }
      sent = parts
      return begin('model_turn', { ...model, context: stored })
    },
  }
}
