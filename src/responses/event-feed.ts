import type { ResponseRecord } from '../contract/responses/response.ts'
import type { RunEvent } from '../contract/run-events.ts'
import type { Reader } from '../store/database.ts'
import type { EventFeed, Replayed } from '../store/follow-run.ts'
import { itemsOfRun } from '../store/items.ts'
import { responseById } from '../store/responses.ts'
import { readRunEvents, type KeptEvent } from '../store/run-log.ts'
import { endsResponse, eventData, recallEvent } from './events.ts'

/** The events of a response. `run` is the response as it was when somebody began to read. */
export const eventFeed = (db: Reader, run: ResponseRecord): EventFeed => ({
  runId: run.id,
  replay: (seq) => replayResponse(db, run, seq),
  ends: endsResponse,
  pauses: endsResponse,
  mayBeLost: (event) => !endsResponse(event),
  lastOfDeleted: ({ attempt, seq }): RunEvent => ({
    attempt,
    seq: seq + 1,
    event: 'response.failed',
    data: JSON.stringify(
      eventData({ event: 'response.failed', run: { ...run, status: 'cancelled' }, output: [] }),
    ),
  }),
})

/** The next events of a response after number `seq`, as they were streamed, a limited number at a time. */
async function replayResponse(db: Reader, { id, project }: ResponseRecord, seq: number): Promise<Replayed> {
  const { events: kept, more } = await readRunEvents(db, id, seq)
  if (kept.every(({ subject }) => subject === null)) return { events: kept, more }
  const run = await responseById(db, project, id)
  if (!run) return { events: [], more: false }
  const items = new Map((await itemsOfRun(db, run.seq)).map((item) => [item.id, item]))
  const events = kept.flatMap(({ attempt, seq: number, event, ...one }) => {
    const data = recallEvent(event, one, { run, items })
    return data === undefined ? [] : [{ attempt, seq: number, event, data }]
  })
  return { events, more }
}

/** These events as they were streamed, with their types and numbers. Those whose item is gone are left out. */
export async function shownEvents<Event extends KeptEvent>(
  db: Reader,
  run: ResponseRecord,
  kept: readonly Event[],
): Promise<(Event & { data: string })[]> {
  const needsItems = kept.some(({ subject }) => subject !== null)
  const items = new Map((needsItems ? await itemsOfRun(db, run.seq) : []).map((item) => [item.id, item]))
  return kept.flatMap((one) => {
    const data = recallEvent(one.event, one, { run, items })
    return data === undefined ? [] : [{ ...one, data: numbered({ ...one, data }) }]
  })
}

/** The data of an event as it is sent: with its type and its number, which counts from 0 on the wire. */
export const numbered = ({ event, seq, data }: Pick<RunEvent, 'event' | 'seq' | 'data'>): string =>
  `{"type":"${event}","sequence_number":${seq - 1},${data.slice(1)}`

/**
 * Shows the events of one reader with their types and numbers, which only grow. Where work was lost, the next attempt uses
 * numbers again that were shown before they were on disk.
 */
export function numbering(): (event: RunEvent) => RunEvent {
  let last = 0
  let ahead = 0
  return (event) => {
    ahead = Math.max(ahead, last + 1 - event.seq)
    last = event.seq + ahead
    const moved = { ...event, seq: last }
    return { ...moved, data: numbered(moved) }
  }
}
