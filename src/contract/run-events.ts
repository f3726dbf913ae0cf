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

/**
 * What the log keeps of an event. `subject` is 'run', or the id of a row of the run: `data` is then only what can be
 * otherwise in that row later on. Where `subject` is null, `data` is the whole event.
 */
export interface Kept {
  subject: string | null
  /** Compact JSON. */
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
