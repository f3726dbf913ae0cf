import { LRUCache } from 'lru-cache'
import type { EventId, Kept, LoggedEvent, RunEvent } from '../contract/run-events.ts'
import type { RunApi, StoredRun } from '../contract/runs.ts'
import type { WebhookEvent } from '../contract/webhooks.ts'
import type { Reader, Transaction } from './database.ts'
import { joinDeltas, splitRow } from './event-rows.ts'

/** A reader that is further behind than this many events reads them from disk. */
const liveEvents = 512
/** How long a server is told of what is written of a run, once somebody has said that he follows it, in milliseconds. */
const followedForMs = 30_000
/** How many rows of events are read from disk at once. It limits the memory for one slow reader. */
const readRows = 64

/** An event: its name, and whatever else an API needs to show it. */
export interface NewEvent {
  event: string
}

/** How an API stores and shows its events. The store itself does not know their form. */
export interface EventShapes {
  /** What the log stores of an event. */
  keep(event: NewEvent): Kept
  /** The data of an event as readers see it. */
  show(event: NewEvent): string
  /** The event for the status that the run has now. Undefined when its readers are told nothing of it. */
  moved(run: StoredRun): NewEvent | undefined
  /** What webhooks are told of the status that the run has now. Undefined for one that nobody waits for. */
  webhook(run: StoredRun): WebhookEvent | undefined
  /**
   * True when readers are shown events before they are on disk. They may then have seen numbers that another attempt uses
   * again.
   */
  showsEarly(run: StoredRun): boolean
}

/** The events of each API that the log has runs of. */
export type ShapesByApi = { readonly [Api in RunApi]?: EventShapes }

/** The log of every run. Events are stored on disk, and passed at once to readers in this process. */
export interface RunLog extends Pick<EventShapes, 'moved' | 'webhook' | 'showsEarly'> {
  /** Converts an event to the form of the log. When the run has readers now, the event is also converted for them. */
  prepare(run: Pick<StoredRun, 'id' | 'api'>, id: EventId, event: NewEvent): LoggedEvent
  /** Passes events to the current readers. */
  show(runId: string, events: LoggedEvent[]): void
  /** The run has ended, which this server has written. */
  ended(run: StoredRun): void
  /** Lets readers that were passed over look on disk again. */
  wake(runId: string): void
  /** Events of the run are on disk that were not shown here: another server has written them. */
  writtenElsewhere(runId: string): void
  /** Somebody reads the run's events in another server, and has to be told of what is written. */
  followedElsewhere(runId: string): void
  isFollowedElsewhere(runId: string): boolean
  /** Nothing can be written any more. Every reader that waits, now or later, gets this error. */
  fail(error: unknown): void
  attach(runId: string): LiveEvents
}

export interface LiveEvents extends Disposable {
  /**
   * Returns the live events from number `seq` on, up to the first gap or the next attempt. Each event is returned once.
   * Those of attempts before `attempt`, or before one that was shown already, are dropped: a worker that has lost its lease,
   * because its process stood still, shows deltas until it learns of it.
   */
  take(seq: number, attempt?: number): RunEvent[]
  /** Whether there are events from number `seq` on that `take` does not have. They are on disk, or will be soon. */
  missed(seq: number): boolean
  /**
   * Until something was shown or reached the disk, or the signal is aborted. `look` where the disk has to be asked: another
   * server has written, or `ms` have passed first. Rejects with the error of `fail`.
   */
  wait(ms: number, signal: AbortSignal): Promise<'news' | 'look'>
}

/** `ended` is told of each run that ends in this server, whether a worker, a caller or the time has ended it. */
export function createRunLog(shapes: ShapesByApi, ended: (run: StoredRun) => void = () => {}): RunLog {
  function shapesOf({ api }: Pick<StoredRun, 'api'>): EventShapes {
    const found = shapes[api]
    if (!found) throw new Error(`the log has no events of the API '${api}'`)
    return found
  }
  const readers = new Map<string, Set<{ push(events: LoggedEvent[], where?: 'here' | 'elsewhere'): void }>>()
  const followed = new LRUCache<string, true>({ max: 10_000, ttl: followedForMs })
  let failed: { error: unknown } | undefined

  return {
    ended,
    moved: (run) => shapesOf(run).moved(run),
    webhook: (run) => shapesOf(run).webhook(run),
    showsEarly: (run) => shapesOf(run).showsEarly(run),
    prepare(run, { attempt, seq }, event) {
      const own = shapesOf(run)
      const { subject, data } = own.keep(event)
      const whole = () => (subject === null ? data : own.show(event))
      const shown = readers.has(run.id) ? whole() : undefined
      return { attempt, seq, event: event.event, subject, data, shown }
    },
    show(runId, events) {
      for (const reader of readers.get(runId) ?? []) reader.push(events)
    },
    wake(runId) {
      for (const reader of readers.get(runId) ?? []) reader.push([])
    },
    writtenElsewhere(runId) {
      for (const reader of readers.get(runId) ?? []) reader.push([], 'elsewhere')
    },
    followedElsewhere: (runId) => void followed.set(runId, true),
    isFollowedElsewhere: (runId) => followed.has(runId),
    fail(error) {
      failed ??= { error }
      for (const set of readers.values()) for (const reader of set) reader.push([])
    },
    attach(runId) {
      let waiting: RunEvent[] = []
      /** The number of the last event that was shown but is not in `waiting`. */
      let passedOver = 0
      let newestAttempt = 0
      let wakened: false | 'news' | 'look' = false
      let wake = () => {}
      const reader = {
        push(events: LoggedEvent[], where: 'here' | 'elsewhere' = 'here') {
          const { attempt = newestAttempt } = events.at(-1) ?? {}
          if (attempt < newestAttempt) return
          newestAttempt = attempt
          // A slow reader keeps nothing here: what it has not taken is on disk soon. A reader that came between the
          // writing of an event and this moment finds it there as well.
          const whole = events.flatMap(({ seq, attempt, event, shown: data }) =>
            data === undefined ? [] : [{ seq, attempt, event, data }],
          )
          if (whole.length < events.length || waiting.length + whole.length > liveEvents) {
            waiting = []
            passedOver = Math.max(passedOver, events.at(-1)?.seq ?? 0)
          } else {
            waiting.push(...whole)
          }
          if (wakened !== 'look') wakened = where === 'here' ? 'news' : 'look'
          wake()
        },
      }
      const set = readers.get(runId) ?? new Set()
      readers.set(runId, set.add(reader))
      return {
        take(seq, attempt = 0) {
          if (attempt > newestAttempt) {
            newestAttempt = attempt
            waiting = []
          }
          const start = waiting.findIndex((event) => event.seq >= seq && event.attempt >= attempt)
          if (start < 0) waiting = []
          if (waiting[start]?.seq !== seq) return []
          const rest = waiting.slice(start)
          const gap = rest.findIndex((event, at) => at > 0 && !follows(event, rest[at - 1]))
          waiting = gap < 0 ? [] : rest.slice(gap)
          return gap < 0 ? rest : rest.slice(0, gap)
        },
        missed: (seq) => passedOver >= seq || (waiting[0]?.seq ?? 0) > seq,
        async wait(ms, signal) {
          let silent = false
          if (!wakened && !signal.aborted) {
            await new Promise<void>((resolve) => {
              wake = () => {
                clearTimeout(timer)
                signal.removeEventListener('abort', wake)
                // The reader continues after this turn of the event loop, so that everything in one packet of the model
                // is sent in one piece.
                setImmediate(resolve)
              }
              const timer = setTimeout(() => {
                silent = true
                wake()
              }, ms)
              signal.addEventListener('abort', wake)
            })
          }
          const why = wakened
          wakened = false
          if (failed) throw failed.error
          return silent || why === 'look' ? 'look' : 'news'
        },
        [Symbol.dispose]() {
          set.delete(reader)
          if (set.size === 0 && readers.get(runId) === set) readers.delete(runId)
        },
      }
    },
  }
}

/**
 * Whether nothing can have been written between two events. Events that another process wrote in between, in an attempt of
 * its own, are only on disk. Before the first attempt nobody works on the run.
 */
const follows = (event: RunEvent, before: RunEvent | undefined) =>
  event.seq - 1 === before?.seq && (event.attempt === before.attempt || before.attempt === 0)

/** How many rows one statement inserts. Each number of rows is a statement of its own that is prepared and kept. */
const maxRows = 32

/** Inserts events that already have their numbers. `run` is the `seq` of the run, or its id before that is known. */
export function insertEvents(tx: Transaction, run: number | string, events: LoggedEvent[]): void {
  const number = typeof run === 'number' ? '?' : '(select seq from runs where id = ?)'
  const at = Date.now()
  const joined = joinDeltas(events)
  for (let start = 0; start < joined.length; start += maxRows) {
    const rows = joined.slice(start, start + maxRows)
    tx.send(
      `insert into run_log (run, seq, attempt, event, subject, data, at)
       values ${rows.map(() => `(${number}, ?, ?, ?, ?, ?, ?)`).join(', ')}`,
      ...rows.flatMap(({ seq, attempt, event, subject, data }) => [
        run,
        seq,
        attempt,
        event,
        subject,
        data,
        at,
      ]),
    )
  }
}

/** More notes than one attempt can make. */
const notesOfAttempt = 1_000_000

/**
 * A note of the worker about its own work. It is in the log because it is written with events and goes with them, and has
 * a negative number, because it is none of them. `number` counts from 1 in each attempt.
 */
export const noteRow = (
  { attempt }: Pick<StoredRun, 'attempt'>,
  number: number,
  notes: object[],
): LoggedEvent => ({
  seq: -(attempt * notesOfAttempt + number),
  attempt,
  event: noteEvent,
  subject: null,
  data: JSON.stringify(notes),
  shown: undefined,
})
const noteEvent = 'note'

export interface KeptEvent extends EventId, Kept {
  event: string
}

/** The next events after number `seq`, a limited number at a time, and whether there are more. */
export async function readRunEvents(
  db: Reader,
  runId: string,
  seq: number,
): Promise<{ events: KeptEvent[]; more: boolean }> {
  const rows = await db.all<KeptEvent>(
    `select seq, attempt, event, subject, data from run_log
     where run = (select seq from runs where id = ?) and seq > ? order by seq limit ? + 0`,
    runId,
    seq,
    readRows,
  )
  const events = rows.flatMap(splitRow).filter((event) => event.seq > seq)
  return { events, more: rows.length === readRows }
}

/**
 * The number after which a reader continues that has seen everything up to `seen`. Events that its attempt had shown
 * and then lost do not count, because their numbers were used again.
 */
export async function resumeAfter(db: Reader, runId: string, seen: EventId): Promise<number> {
  const kept = await db.get<{ seq: number | null }>(
    `select max(seq) as seq from run_log
     where run = (select seq from runs where id = ?) and seq > 0 and attempt <= ?`,
    runId,
    seen.attempt,
  )
  return Math.min(seen.seq, kept?.seq ?? 0)
}

/** The data of all events with this name that are stored whole, in order. */
export async function eventsNamed(db: Reader, runId: string, event: string): Promise<string[]> {
  const rows = await db.all<EventId & { data: string }>(
    `select seq, attempt, data from run_log
     where run = (select seq from runs where id = ?) and event = ? and subject is null order by seq`,
    runId,
    event,
  )
  return rows.flatMap(splitRow).map(({ data }) => data)
}

/** Deletes everything about a deleted row from the log of its run. */
export const forgetEvents = (tx: Transaction, runId: string, id: string) =>
  tx.run(
    `delete from run_log where run = (select seq from runs where id = ?)
     and (subject = ? or (subject is null and data like ?))`,
    runId,
    id,
    `%"id":"${id}"%`,
  )
