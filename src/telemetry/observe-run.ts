import type { DoneSpan, ObservedRun, ObservedUsage, Observer } from './observer.ts'

/** A change of one span, as a run notes it: all that is known at its beginning, and later what has become known. */
interface Note {
  n: number
  type?: string
  started_at?: number
  ended_at?: number
  status?: 'completed' | 'failed'
  error?: string
  dropped?: true
  [field: string]: unknown
}

/** Puts the notes of one attempt at a run together, and tells each span when it is over. */
export function observeRun(observer: Observer, run: ObservedRun): (note: Note) => void {
  const open = new Map<number, Note>()
  return (note) => {
    const span = { ...open.get(note.n), ...note }
    const { type, started_at, ended_at, status } = span
    if (span.dropped) return void open.delete(note.n)
    if (ended_at === undefined || type === undefined || started_at === undefined || status === undefined)
      return void open.set(note.n, span)
    open.delete(note.n)
    const done: DoneSpan = {
      type,
      started_at,
      ended_at,
      status,
      error: span.error,
      first_token_at: span['first_token_at'] as number | undefined,
      served_model: span['served_model'] as string | undefined,
      usage: span['usage'] as ObservedUsage | null | undefined,
      tool: span['tool'] as string | undefined,
    }
    observer.span(run, done)
  }
}
