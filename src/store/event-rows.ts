import type { EventId, LoggedEvent } from '../contract/run-events.ts'

/** How many deltas one row holds, and how many bytes of them unless one delta is larger. They limit the memory of readers. */
const maxDeltas = 32
const maxLength = 8_192

/**
 * Puts deltas of one object that follow each other into one row, because a row costs many times what a delta does. Its
 * `data` has one delta per line, which compact JSON can never break, and its `seq` is that of the last one.
 */
export function joinDeltas(events: readonly LoggedEvent[]): LoggedEvent[] {
  const rows: LoggedEvent[] = []
  let count = 0
  for (const event of events) {
    const row = rows.at(-1)
    const fits = count < maxDeltas && row && row.data.length + event.data.length < maxLength
    if (fits && continues(row, event)) {
      row.seq = event.seq
      row.data += `\n${event.data}`
      count++
    } else {
      rows.push({ ...event })
      count = 1
    }
  }
  return rows
}

const continues = (row: LoggedEvent, event: LoggedEvent) =>
  event.deltaOf !== undefined &&
  event.deltaOf === row.deltaOf &&
  event.event === row.event &&
  event.attempt === row.attempt

/** The events in a row of the log, each with its own number and its text as it was streamed. */
export function splitRow<Row extends EventId & { data: string }>(row: Row): Row[] {
  if (!row.data.includes('\n')) return [row]
  const lines = row.data.split('\n')
  const first = row.seq - lines.length + 1
  return lines.map((data, index) => ({ ...row, seq: first + index, data }))
}
