import type { EventId, RunEvent } from '../contract/run-events.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import type { Reader } from './database.ts'
import { resumeAfter, type LiveEvents, type RunLog } from './run-log.ts'
import { runProgress } from './runs.ts'

/** How long a reader trusts the wake-ups of its process before it looks on disk, in milliseconds. */
const pollIntervalMs = 1_000

/** How the events of one run are read and understood, which its API knows. */
export interface EventFeed {
  readonly runId: string
  /** The next events on disk after number `seq`, a bounded count of them, as they were streamed. */
  replay(seq: number): Promise<Replayed>
  /** The run is over. */
  ends(event: string): boolean
  /** The run is over or waits for its caller. */
  pauses(event: string): boolean
  /** The last event of a run whose rows were gone before its reader had them. */
  lastOfDeleted(seen: EventId): RunEvent
}

export interface Replayed {
  events: RunEvent[]
  /** Whether the log goes on behind them. */
  more: boolean
}

export interface Follow {
  /** The last event that the reader has seen. */
  from: EventId
  /**
   * `pause`: until the run is over or waits for its caller, as a stream of the original did. `end`: through what is
   * past, then until there is nothing more to wait for.
   */
  until: 'pause' | 'end'
  /** Live events since before the one after `from` was written: then the disk need not be asked for it. */
  live?: LiveEvents | undefined
}

interface Followed {
  db: Reader
  log: RunLog
  feed: EventFeed
}

/**
 * The events of a run after `from`: first from disk, then live, in batches; it returns after the last one. Leaving it
 * ends only the follower, never the run. A reader that is slow holds a bounded number of events.
 */
export function followRun(
  of: Followed,
  follow: Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  const events = eventsOf(of, follow, signal)
  const leave = events.return.bind(events)
  // A generator that was never begun does not clean up after itself.
  events.return = (value) => {
    follow.live?.[Symbol.dispose]()
    return leave(value)
  }
  return events
}

async function* eventsOf(
  { db, log, feed }: Followed,
  { from, until, live: given }: Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  using live = given ?? log.attach(feed.runId)
  let seen = from
  // A delta is shown before it is on disk; a reader that comes back may have seen one last.
  let contiguous = given !== undefined || from.seq === 0
  // The disk is asked at first, and again only when what comes live cannot be all.
  let look = given === undefined
  while (!signal.aborted) {
    let events = live.take(seen.seq + 1)
    // Where another attempt writes, it may have begun before what this reader was shown.
    const again = !contiguous && (events[0]?.attempt ?? 0) > seen.attempt
    if (again || (events.length === 0 && (look || live.missed(seen.seq + 1)))) {
      const read = await unseen(db, feed, seen)
      events = read.events
      // What comes behind all that is on disk is shown live.
      if (events.length > 0) look = read.more
      look ||= again
    }
    const newest = events.at(-1)
    if (!newest) {
      const found = look ? await runProgress(db, feed.runId) : undefined
      if (look && !found) {
        yield [feed.lastOfDeleted(seen)]
        return
      }
      if (found && nothingToCome(found, seen.seq)) return
      look = (await live.wait(pollIntervalMs, signal)) === 'silence'
      continue
    }
    if (until === 'pause') {
      const pause = events.findIndex(({ event }) => feed.pauses(event))
      if (pause >= 0) {
        yield events.slice(0, pause + 1)
        return
      }
    }
    yield events
    if (feed.ends(newest.event)) return
    seen = newest
    contiguous = !newest.event.endsWith('.delta')
    look ||= feed.pauses(newest.event)
  }
}

/** What is on disk after `seen`. Numbers that a lost attempt had shown and not written were given again. */
async function unseen(db: Reader, feed: EventFeed, seen: EventId): Promise<Replayed> {
  const place = seen.seq === 0 ? 0 : await resumeAfter(db, feed.runId, seen)
  const { events, more } = await feed.replay(place)
  return { events: events.filter(({ attempt, seq }) => attempt > seen.attempt || seq > seen.seq), more }
}

/** The run is over or waits for its caller, and the reader has seen all of it. */
const nothingToCome = (run: { last_event: number; status: RunStatus }, seen: number): boolean =>
  run.last_event <= seen && (isTerminal(run.status) || run.status === 'requires_action')
