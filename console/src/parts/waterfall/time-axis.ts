interface Span {
  type: string
  started_at: number
  ended_at: number | null
}

export interface TimeAxis {
  /** When the timeline begins and ends, in Unix seconds. */
  start: number
  end: number
  /** Whether times of waiting are drawn shorter than they were. */
  isShortened: boolean
  /** The place of a time on the axis, from 0 to 1. */
  place: (time: number) => number
}

const isWait = ({ type }: Span) => type === 'queued' || type === 'required_action' || type === 'retry'

/** How long waiting may be on the axis, compared with the work. */
const mostOfWork = 0.4

/**
 * Lays out the time of a run. Where somebody was waited for far longer than anything worked, that wait is drawn shorter,
 * because what worked would be too small to see.
 */
export function timeAxis(spans: readonly Span[], now: number): TimeAxis {
  const start = Math.min(...spans.map(({ started_at }) => started_at))
  const end = Math.max(start + 0.001, ...spans.map(({ ended_at }) => ended_at ?? now))
  const waits = spans
    .filter(isWait)
    .map(({ started_at, ended_at }) => ({ from: started_at, to: ended_at ?? now }))
    .filter(({ from, to }) => to > from)
  const waited = waits.reduce((sum, { from, to }) => sum + to - from, 0)
  const worked = Math.max(0.001, end - start - waited)
  // Nothing but waiting is drawn as it is.
  const hasWork = spans.some((span) => !isWait(span))
  const factor = hasWork && waited > worked * mostOfWork * 2 ? (worked * mostOfWork) / waited : 1
  const drawn = (time: number) =>
    time -
    start -
    waits.reduce((sum, { from, to }) => {
      const inside = Math.max(0, Math.min(time, to) - from)
      return sum + inside * (1 - factor)
    }, 0)
  const length = drawn(end)
  return {
    start,
    end,
    isShortened: factor < 1,
    place: (time) => Math.min(1, Math.max(0, drawn(time) / length)),
  }
}
