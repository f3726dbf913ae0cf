import { isTerminal, type RunStatus } from '../../contract/run-status.ts'
import type { RunContext, RunSpan } from '../../contract/run-spans.ts'
import type { RunStepRecord } from '../../contract/run-steps.ts'
import type { RunRecord } from '../../contract/runs.ts'
import { lastError } from '../../errors/last-error.ts'
import type { Reader } from '../../store/database.ts'
import { stepsOfRuns } from '../../store/run-steps.ts'
import { timelineRows, type TimelineRow } from '../../store/run-timeline.ts'
import type { EventName } from '../event-names.ts'
import { readContexts } from './read-contexts.ts'
import { readNotes, type NotedSpan } from '../../engine/read-notes.ts'
import { waitsOf, type Wait } from './waits.ts'

/** The events that say what a run is doing. */
const moves: readonly EventName[] = [
  'thread.run.created',
  'thread.run.queued',
  'thread.run.in_progress',
  'thread.run.requires_action',
  'thread.run.completed',
  'thread.run.incomplete',
  'thread.run.failed',
  'thread.run.cancelled',
  'thread.run.expired',
]

/**
 * What took how long in a run, in the order in which it began. The waits come from the events of the run, and everything
 * else from the notes of its workers.
 */
export async function readTimeline(db: Reader, run: RunRecord): Promise<RunSpan[]> {
  const rows = await timelineRows(db, run.id, moves)
  const noted = readNotes(rows)
  const steps = await stepsOfRuns(db, run.project, [run.id])
  const turns = noted.flatMap(({ key, context }) => (context ? [{ key, context }] : []))
  const contexts = await readContexts(db, run, { turns, steps })
  const waits = waitsOf(
    rows.filter(({ seq }) => seq > 0),
    run,
  )
  return [...waits, ...noted]
    .map((span) => ({
      ...show(span, { run, rows }),
      ...(fieldsOf(span, steps, contexts.get(span.key)) as FieldsOfType),
    }))
    .toSorted((one, other) => one.started_at - other.started_at)
}

type FieldsOfType = Pick<Extract<RunSpan, { type: 'queued' }>, 'type'>

/** From milliseconds to seconds with three decimals. */
const seconds = (ms: number) => ms / 1_000

interface Around {
  run: RunRecord
  rows: readonly TimelineRow[]
}

/** The fields that every span has. */
function show(span: Wait | NotedSpan, around: Around) {
  const { run } = around
  const end = endOf(span, around)
  return {
    id: `span_${run.id.slice('run_'.length)}_${span.key}`,
    object: 'thread.run.span' as const,
    run_id: run.id,
    thread_id: run.thread_id,
    attempt: span.attempt,
    status: end.status,
    started_at: seconds(span.started_at),
    ended_at: end.at === null ? null : seconds(Math.max(end.at, span.started_at)),
    error: ('error' in span ? span.error : undefined) ?? end.error ?? null,
  }
}

interface End {
  status: RunSpan['status']
  at: number | null
  error?: string
}

/** A worker that was stopped or lost closes nothing. What is open then ended with the run, or when it was taken up again. */
function endOf(span: Wait | NotedSpan, { run, rows }: Around): End {
  if (span.ended_at !== undefined) {
    return { status: ('status' in span && span.status) || 'completed', at: span.ended_at }
  }
  const later = rows.filter(({ attempt }) => attempt > span.attempt).map(({ at }) => at ?? 0)
  if (later.length > 0) return { status: 'failed', at: Math.min(...later), error: lastError.attemptLost }
  const last = rows.findLast(({ seq }) => seq > 0)
  const status = last ? (last.event.slice('thread.run.'.length) as RunStatus) : run.status
  if (!isTerminal(status)) return { status: 'in_progress', at: null }
  const at = last?.at ?? endOfRow(run) * 1_000
  if (status === 'failed')
    return { status, at, ...(run.state.last_error && { error: run.state.last_error.message }) }
  return { status: status === 'cancelled' || status === 'expired' ? 'cancelled' : 'completed', at }
}

/** When the run ended, as far as its row has it. In Unix seconds. */
const endOfRow = ({ state, expires_at }: RunRecord) =>
  state.completed_at ?? state.failed_at ?? state.cancelled_at ?? expires_at

/** The fields that only spans of this type have. */
function fieldsOf(span: Wait | NotedSpan, steps: RunStepRecord[], context: RunContext | undefined): object {
  const { type } = span
  if (type === 'required_action') return { type, call_ids: span.call_ids ?? [] }
  if (type === 'tool_call') {
    const { step_id, call_id, tool, name } = span
    return { type, step_id, call_id, tool, name }
  }
  if (type !== 'model_turn') return { type }
  const { opened = [], model, served_model, provider, first_token_at, finish = null, usage = null } = span
  return {
    type,
    step_ids: opened.flatMap((id) => [id, ...saidAfter(id, steps)]),
    model,
    served_model,
    provider,
    first_token_at: first_token_at === undefined ? null : seconds(first_token_at),
    finish: finish === 'calls' ? 'tool_calls' : finish,
    usage,
    context,
  }
}

/** The message that was said after calls in the same turn gets its step when the calls are over. */
function saidAfter(id: string, steps: RunStepRecord[]): string[] {
  const next = steps[steps.findIndex((step) => step.id === id) + 1]
  return next?.body.after_calls ? [next.id] : []
}
