import type { RunUsage } from '../contract/runs.ts'
import { restoreParts, type SentPart } from './sent-parts.ts'
import type { SentContext, SpanNote, StoredContext } from './timeline.ts'
import type { TimelineRow } from '../store/run-timeline.ts'

/** A span as its worker has noted it. Times are in milliseconds of Unix time. */
export interface NotedSpan {
  /** Unique in the run. */
  key: string
  attempt: number
  type: 'preparation' | 'retry' | 'tool_call' | 'model_turn'
  started_at: number
  ended_at?: number
  status?: 'completed' | 'failed'
  error?: string
  /** The fields of a call. */
  step_id?: string
  call_id?: string
  tool?: string
  name?: string
  /** The fields of a model turn. */
  opened?: string[]
  model?: string
  provider?: string
  served_model?: string
  first_token_at?: number
  finish?: string
  usage?: RunUsage | null
  context?: SentContext
}

type Merged = SpanNote & { context?: StoredContext }

/** Puts the notes of each span together, in the order in which the spans began in each attempt. */
export function readNotes(rows: readonly TimelineRow[]): NotedSpan[] {
  const attempts = new Map<number, Map<number, Merged>>()
  // The numbers of notes are negative, so the newest note comes first.
  for (const { attempt, data } of rows.filter(({ seq }) => seq < 0).toReversed()) {
    const spans = attempts.get(attempt) ?? new Map<number, Merged>()
    attempts.set(attempt, spans)
    for (const note of JSON.parse(data) as SpanNote[]) spans.set(note.n, { ...spans.get(note.n), ...note })
  }
  return [...attempts].flatMap(([attempt, spans]) => spansOf(attempt, [...spans.values()]))
}

function spansOf(attempt: number, merged: Merged[]): NotedSpan[] {
  let sent: readonly SentPart[] = []
  return merged.flatMap(({ n, dropped, context, ...fields }) => {
    const key = `${attempt}_${n}`
    if (dropped || fields.type === undefined) return []
    const span = { ...(fields as unknown as NotedSpan), key, attempt }
    if (!context) return [span]
    const parts = restoreParts(sent, context.parts)
    sent = parts
    return [{ ...span, context: { ...context, parts } }]
  })
}
