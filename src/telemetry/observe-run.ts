import type { DoneSpan, ObservedRun, Observer, SpanContents } from './observer.ts'

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

/** Hears of the spans of one attempt at a run. */
export interface SpanObserver {
  note(note: SpanNote): void
  /** Undefined where nobody asks for contents, which are never part of a note. */
  contents: ((n: number, contents: SpanContents) => void) | undefined
  /** What lets another program continue the trace of the span. */
  headers(n: number): Record<string, string> | undefined
}

/** Puts the notes of one attempt at a run together, and tells each span when it is over. */
export function observeRun(observer: Observer, run: ObservedRun, attempt: number): SpanObserver {
  const open = new Map<number, SpanNote>()
  const contents = new Map<number, SpanContents>()
  return {
    headers: (n) => (observer.traces ? observer.headersFor?.(run, { attempt, n }) : undefined),
    contents: observer.wantsContents
      ? (n, more) => void contents.set(n, { ...contents.get(n), ...more })
      : undefined,
    note(note) {
      const { n } = note
      const span = { ...open.get(n), ...note }
      const { type, started_at, ended_at, status } = span
      if (span.dropped) {
        open.delete(n)
        contents.delete(n)
        return
      }
      if (ended_at === undefined || type === undefined || started_at === undefined || status === undefined)
        return void open.set(n, span)
      open.delete(n)
      const { context: _sent, ...fields } = span
      // Whoever notes a span gives it the fields of its type.
      observer.span(run, { ...fields, attempt, contents: contents.get(n) } as DoneSpan)
      contents.delete(n)
    },
  }
}
