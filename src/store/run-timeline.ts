import { parseEventId, type EventId } from '../contract/run-events.ts'
import type { Reader } from './database.ts'
import { splitRow } from './event-rows.ts'
import { inList } from './in-list.ts'
import { UnknownCursor, type Page, type PageQuery } from './page.ts'
import type { KeptEvent } from './run-log.ts'

/** A note of a worker, which has a negative `seq`, or an event of the run. */
export interface TimelineRow {
  seq: number
  attempt: number
  event: string
  data: string
  /** In milliseconds of Unix time. Null when it was written before this was kept. */
  at: number | null
}

/** All notes about a run, and its events with these names. */
export function timelineRows(db: Reader, runId: string, events: readonly string[]): Promise<TimelineRow[]> {
  const names = inList(events)
  return db.all<TimelineRow>(
    `select seq, attempt, event, data, at from run_log
     where run = (select seq from runs where id = ?) and (seq < 0 or event in (${names.marks})) order by seq`,
    runId,
    ...names.values,
  )
}

/** How many numbers one statement looks up. */
const numbersAtOnce = 4_096

/** The ids of the messages of a thread that have these numbers. A deleted message is missing. */
export async function messageIdsByNumber(
  db: Reader,
  { project, threadId }: { project: string; threadId: string },
  numbers: readonly number[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  for (let at = 0; at < numbers.length; at += numbersAtOnce) {
    const wanted = inList(numbers.slice(at, at + numbersAtOnce))
    const rows = await db.all<{ seq: number; id: string }>(
      `select seq, id from messages where thread_id = ? and project = ? and seq in (${wanted.marks})`,
      threadId,
      project,
      ...wanted.values,
    )
    for (const { seq, id } of rows) found.set(seq, id)
  }
  return found
}

/** The numbers are 0 when there is no message. */
export interface Counted {
  count: number
  first: number
  last: number
}

/** How many messages of a thread are between two numbers, and the numbers of the first and the last of them. */
export async function countBetween(
  db: Reader,
  { project, threadId }: { project: string; threadId: string },
  { after, before }: { after: number; before: number },
): Promise<Counted> {
  const counted = await db.get<Counted>(
    `select count(*) as count, coalesce(min(seq), 0) as first, coalesce(max(seq), 0) as last from messages
     where thread_id = ? and project = ? and withdrawn = 0 and seq > ? and seq < ?`,
    threadId,
    project,
    after,
    before,
  )
  return counted ?? { count: 0, first: 0, last: 0 }
}

export interface TimedEvent extends KeptEvent {
  /** In milliseconds of Unix time. Null when it was written before this was kept. */
  at: number | null
}

/** A page of the events of a run. The cursors of the query are ids of events: `attempt-seq`. */
export async function eventsPage(db: Reader, runId: string, query: PageQuery): Promise<Page<TimedEvent>> {
  const after = await placeOf(db, runId, 'after', query.after)
  const before = await placeOf(db, runId, 'before', query.before)
  const [low, high] = query.order === 'asc' ? [after, before] : [before, after]
  const isWithin = ({ seq }: { seq: number }) => seq > (low?.seq ?? 0) && seq < (high?.seq ?? Infinity)
  const backwards = before !== undefined && after === undefined
  const direction = (query.order === 'asc') === backwards ? 'desc' : 'asc'
  const rows = await db.all<TimedEvent>(
    `select seq, attempt, event, subject, data, at from run_log
     where run = (select seq from runs where id = ?) and seq > ? and seq <= ? order by seq ${direction} limit ? + 0`,
    runId,
    low?.seq ?? 0,
    high?.row ?? Number.MAX_SAFE_INTEGER,
    // The row of the cursor may have no other event.
    query.limit + 2,
  )
  const events = rows
    .flatMap((row) => (direction === 'asc' ? splitRow(row) : splitRow(row).toReversed()))
    .filter(isWithin)
  const data = events.slice(0, query.limit)
  return { data: backwards ? data.toReversed() : data, hasMore: events.length > query.limit }
}

/** The number of an event, and that of the row which contains it. */
interface Place {
  seq: number
  row: number
}

async function placeOf(
  db: Reader,
  runId: string,
  param: 'after' | 'before',
  id: string | undefined,
): Promise<Place | undefined> {
  if (id === undefined) return undefined
  const wanted = parseEventId(id)
  const row =
    wanted &&
    (await db.get<EventId & { data: string }>(
      `select seq, attempt, data from run_log
       where run = (select seq from runs where id = ?) and seq >= ? order by seq limit 1`,
      runId,
      wanted.seq,
    ))
  const isThere =
    row && splitRow(row).some(({ seq, attempt }) => seq === wanted.seq && attempt === wanted.attempt)
  if (!isThere) throw new UnknownCursor(param, id)
  return { seq: wanted.seq, row: row.seq }
}
