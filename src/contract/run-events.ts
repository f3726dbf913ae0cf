/**
 * One event in the log of a run. `seq` counts from 1 without gaps, and `attempt` tells which lease wrote it. Readers
 * are shown deltas before they are on disk, so the next attempt may write the same numbers again after a crash. A
 * position in the log therefore needs both numbers.
 */
export interface RunEvent extends EventId {
  event: string
  /** Compact JSON, as it is sent. */
  data: string
}

/**
 * The part of an event that the log stores. `subject` is 'run', or the id of a row of the run. `data` then has only the
 * fields that can change in that row later. When `subject` is null, `data` is the whole event.
 */
export interface Kept {
  subject: string | null
  /** Compact JSON. */
  data: string
}

/** An event that is to be written to the log. */
export interface LoggedEvent extends EventId, Kept {
  event: string
  /** The JSON that readers are shown. Undefined when nobody was reading at that time. */
  shown: string | undefined
  /** The id of the object that a delta adds to. The log stores consecutive deltas of one object together. */
  deltaOf?: string
}

export interface EventId {
  attempt: number
  seq: number
}

/** The position before the first event. */
export const logStart: EventId = { attempt: 0, seq: 0 }

/** The SSE `id` of an event: `attempt-seq`. */
export const formatEventId = ({ attempt, seq }: EventId) => `${attempt}-${seq}`

/** Undefined when the text is not an event id. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^(\d{1,9})-(\d{1,9})$/.exec(text)
  return match ? { attempt: Number(match[1]), seq: Number(match[2]) } : undefined
}
