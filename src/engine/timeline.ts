import type { SpanNote, SpanObserver } from '../telemetry/observe-run.ts'
import type { SpanContents } from '../telemetry/observer.ts'
import { storeParts, type SentPart, type StoredParts } from './sent-parts.ts'

export type { SpanNote }

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
  /** Tells words of the conversation, which are noted nowhere. Undefined where the operator does not ask for them. */
  readonly show: ((contents: SpanContents) => void) | undefined
  /** For a request that belongs to the span: what lets its receiver continue the trace, where there is one. */
  readonly headers: Record<string, string> | undefined
}

/** Notes what one attempt at a run does, and when. The recorder writes the notes together with everything else. */
export interface Timeline {
  begin(type: string, fields?: object): OpenSpan
  beginTurn(model: { model: string; provider: string; served_model: string }, context: SentContext): OpenSpan
}

export function createTimeline(
  recorder: { note: (note: SpanNote) => void },
  observer?: SpanObserver,
): Timeline {
  const note = (noted: SpanNote) => {
    recorder.note(noted)
    observer?.note(noted)
  }
  const contents = observer?.contents
  let count = 0
  let sent: readonly SentPart[] = []
  function begin(type: string, fields: object = {}): OpenSpan {
    const n = ++count
    const end = (status: 'completed' | 'failed', more: object) =>
      note({ n, ended_at: Date.now(), status, ...more })
    note({ n, type, started_at: Date.now(), ...fields })
    return {
      set: (more) => note({ n, ...more }),
      end: (more = {}) => end('completed', more),
      fail: (error, more = {}) => end('failed', { error, ...more }),
      drop: () => note({ n, dropped: true }),
      show: contents && ((more) => contents(n, more)),
      get headers() {
        return observer?.headers(n)
      },
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
