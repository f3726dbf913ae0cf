import type { EventId, RunEvent } from '../contract/run-events.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import type { Database, Reader } from './database.ts'
import { resumeAfter, type LiveEvents, type RunLog } from './run-log.ts'
import { runProgress } from './runs.ts'
import { runFollowed } from './signals.ts'

/** How long a reader relies on wake-ups before it looks on disk, in milliseconds. */
const pollIntervalMs = 1_000

/** How often other servers are told that a run is followed here, in milliseconds: they forget it after three times that. */
const tellEveryMs = 10_000

/** How an API reads and understands the events of one run. */
export interface EventFeed {
  readonly runId: string
  /** The next events on disk after number `seq`, as they were streamed, a limited number at a time. */
  replay(seq: number): Promise<Replayed>
  /** True when the run is over after this event. */
  ends(event: string): boolean
  /** True when the run is over or waits for its caller after this event. */
  pauses(event: string): boolean
  /** True when readers may be shown this event before it is on disk. */
  mayBeLost(event: string): boolean
  /** The last event of a run whose rows were deleted before its reader had read them. */
  lastOfDeleted(seen: EventId): RunEvent
}

export interface Replayed {
  events: RunEvent[]
  /** True when the log contains more events after these. */
  more: boolean
}

export interface Follow {
  /** The last event that the reader has seen. */
  from: EventId
  /**
   * With `pause` the stream ends when the run is over or waits for its caller, as a stream of the original did. With
   * `end` it continues through earlier pauses, until no more events are to be expected.
   */
  until: 'pause' | 'end'
  /** Live events from a moment before the event after `from` was written, so that it need not be read from disk. */
  live?: LiveEvents | undefined
  /** This server has begun to work on the run, so no other one has to be told at once that it is read here. */
  begunHere?: boolean
}

interface Followed {
  db: Pick<Database, 'get' | 'all' | 'signals'>
  log: RunLog
  feed: EventFeed
  /** How an event is shown to the reader. As it is, where it is left out. */
  show?: (event: RunEvent) => RunEvent
}

/**
 * The events of a run after `from`, first from disk and then live, in batches. Returns after the last event. Leaving it
 * ends only the reading, never the run. A slow reader holds a limited number of events.
 */
export function followRun(
  of: Followed,
  follow: Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  const events = eventsOf(of, follow, signal)
  const leave = events.return.bind(events)
  // A generator that was never started does not run its `finally`.
  events.return = (value) => {
    follow.live?.[Symbol.dispose]()
    return leave(value)
  }
  return events
}

async function* eventsOf(
  { db, log, feed, show = (event) => event }: Followed,
  { from, until, live: given, begunHere = false }: Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  using live = given ?? log.attach(feed.runId)
  using _told = followElsewhere(db, feed.runId, { now: !begunHere })
  let seen = given || from.seq === 0 ? from : await placeOf(db, feed.runId, from)
  // False when the last event that the reader saw may never have reached the disk.
  let contiguous = given !== undefined || from.seq === 0
  // The disk is read at first, and later only when the live events cannot be complete.
  let look = given === undefined
  while (!signal.aborted) {
    let events = live.take(seen.seq + 1, seen.attempt)
    // Another attempt may have begun before the last event that this reader was shown.
    const again = !contiguous && (events[0]?.attempt ?? 0) > seen.attempt
    if (again || (events.length === 0 && (look || live.missed(seen.seq + 1)))) {
      const read = await unseen(db, feed, seen)
      events = read.events
      // Events after everything on disk are shown live.
      if (events.length > 0) look = read.more
      look ||= again
    }
    const newest = events.at(-1)
    if (!newest) {
      const found = look ? await runProgress(db, feed.runId) : undefined
      if (look && !found) {
        yield [show(feed.lastOfDeleted(seen))]
        return
      }
      if (found && nothingToCome(found, seen.seq)) return
      look = (await live.wait(pollIntervalMs, signal)) === 'look'
      continue
    }
    if (until === 'pause') {
      const pause = events.findIndex(({ event }) => feed.pauses(event))
      if (pause >= 0) {
        yield events.slice(0, pause + 1).map(show)
        return
      }
    }
    yield events.map(show)
    if (feed.ends(newest.event)) return
    seen = newest
    contiguous = !feed.mayBeLost(newest.event)
    look ||= feed.pauses(newest.event)
  }
}

/** Says to other servers, as long as it lasts, that somebody here follows a run that one of them may be working on. */
export function followElsewhere(
  { signals }: Pick<Database, 'signals'>,
  runId: string,
  { now = true } = {},
): Disposable {
  const tell = () => signals.tell(runFollowed, runId)
  if (now) tell()
  const timer = setInterval(tell, tellEveryMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** An attempt that has not begun is none that a reader has seen anything of. */
async function placeOf(db: Reader, runId: string, { attempt, seq }: EventId): Promise<EventId> {
  const run = await runProgress(db, runId)
  return { seq, attempt: Math.min(attempt, run?.attempt ?? attempt) }
}

/** The events on disk after `seen`. Numbers that a lost attempt had shown and not written were used again. */
async function unseen(db: Reader, feed: EventFeed, seen: EventId): Promise<Replayed> {
  const place = seen.seq === 0 ? 0 : await resumeAfter(db, feed.runId, seen)
  const { events, more } = await feed.replay(place)
  return { events: events.filter(({ attempt, seq }) => attempt > seen.attempt || seq > seen.seq), more }
}

/** True when the run is over or waits for its caller, and the reader has seen all events. */
const nothingToCome = (run: { last_event: number; status: RunStatus }, seen: number): boolean =>
  run.last_event <= seen && (isTerminal(run.status) || run.status === 'requires_action')
