import type { Kept } from './kept-events.ts'
import { isTerminal, type RunStatus } from './run-status.ts'

/**
 * One event of a run's log. `seq` counts from 1 without gaps; `attempt` says which lease wrote it. Deltas are shown
 * to readers before they are on disk, so after a crash the same numbers may be written again by the next attempt:
 * a reader's place is therefore both numbers.
 */
export interface RunEvent extends EventId {
  event: string
  /** Compact JSON, ready for the wire. */
  data: string
}

/** An event on its way into the log. */
export interface LoggedEvent extends EventId, Kept {
  event: string
  /** What readers are shown; undefined where nobody read when it was written. */
  shown: string | undefined
}

export interface EventId {
  attempt: number
  seq: number
}

/** Before the first event. */
export const logStart: EventId = { attempt: 0, seq: 0 }

/** The SSE `id` of an event: `attempt-seq`. */
export const formatEventId = ({ attempt, seq }: EventId) => `${attempt}-${seq}`

/** Undefined when the text is no event id. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^(\d{1,9})-(\d{1,9})$/.exec(text)
  return match ? { attempt: Number(match[1]), seq: Number(match[2]) } : undefined
}

const runEvent = 'thread.run.'

/** The status that a `thread.run.<status>` event announces; undefined for steps, messages and deltas. */
function announced(event: string): RunStatus | undefined {
  const rest = event.startsWith(runEvent) ? event.slice(runEvent.length) : ''
  return rest === '' || rest === 'created' || rest.includes('.') ? undefined : (rest as RunStatus)
}

export function endsRun(event: string): boolean {
  const status = announced(event)
  return status !== undefined && isTerminal(status)
}

/** A stream that was asked for with `stream: true` closes here: the run is over or waits for its caller. */
export const pausesRun = (event: string) => event === 'thread.run.requires_action' || endsRun(event)
