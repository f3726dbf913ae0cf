import type { EventId, Kept, LoggedEvent, RunEvent } from '../contract/run-events.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { createSlice } from './slices.ts'

/** A reader that falls further behind than this many events reads them from disk instead. */
const liveEvents = 512
/** Events of one read from disk: the memory that one slow reader may hold. */
const readEvents = 256

/** What happened: its name, and what else an API needs to show it. */
export interface NewEvent {
  event: string
}

/** How the events of an API look, which the store does not know. */
export interface EventShapes {
  /** What is to be kept of an event. */
  keep(event: NewEvent): Kept
  /** Its data as readers are shown it. */
  show(event: NewEvent): string
  /** What tells that a run has moved to the status that it has now. */
  moved(run: RunRecord): NewEvent
}

/** The log of every run: on disk for whoever comes later, handed over at once to readers in this process. */
export interface RunLog extends Pick<EventShapes, 'moved'> {
  /** The event as it goes into the log; it has to be shown as well where the run has readers now. */
  prepare(runId: string, id: EventId, event: NewEvent): LoggedEvent
  /** Shows events to the readers that are here now. */
  show(runId: string, events: LoggedEvent[]): void
  /** Lets readers look on disk again. */
  wake(runId: string): void
  /** Nothing more will be written: every reader that waits, now or later, gets this error. */
  fail(error: unknown): void
  attach(runId: string): LiveEvents
}

export interface LiveEvents extends Disposable {
  /** The events from number `seq` on, as far as they are here without a gap; they are handed out once. */
  take(seq: number): RunEvent[]
  /** Whether events from number `seq` on were shown that `take` does not have: they are on disk, or will be soon. */
  missed(seq: number): boolean
  /**
   * Until something was shown or reached the disk, or the signal is aborted; `silence` when `ms` have passed first.
   * Rejects with the error of `fail`.
   */
  wait(ms: number, signal: AbortSignal): Promise<'news' | 'silence'>
}

export function createRunLog(shapes: EventShapes): RunLog {
  const readers = new Map<string, Set<{ push(events: LoggedEvent[]): void }>>()
  let failed: { error: unknown } | undefined

  return {
    moved: (run) => shapes.moved(run),
    prepare(runId, { attempt, seq }, event) {
      const { subject, data } = shapes.keep(event)
      const show = () => (subject === null ? data : shapes.show(event))
      const shown = readers.has(runId) ? show() : undefined
      return { attempt, seq, event: event.event, subject, data, shown }
    },
    show(runId, events) {
      for (const reader of readers.get(runId) ?? []) reader.push(events)
    },
    wake(runId) {
      for (const reader of readers.get(runId) ?? []) reader.push([])
    },
    fail(error) {
      failed ??= { error }
      for (const set of readers.values()) for (const reader of set) reader.push([])
    },
    attach(runId) {
      let waiting: RunEvent[] = []
      /** The last number of what is not in `waiting`, though it was shown. */
      let passedOver = 0
      let wakened = false
      let wake = () => {}
      const reader = {
        push(events: LoggedEvent[]) {
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
          wakened = true
          wake()
        },
      }
      const set = readers.get(runId) ?? new Set()
      readers.set(runId, set.add(reader))
      return {
        take(seq) {
          const start = waiting.findIndex((event) => event.seq >= seq)
          if (start < 0) waiting = []
          if (waiting[start]?.seq !== seq) return []
          // What another process wrote in between is on disk only.
          let end = start + 1
          while (waiting[end]?.seq === seq + end - start) end++
          const events = waiting.slice(start, end)
          waiting = waiting.slice(end)
          return events
        },
        missed: (seq) => passedOver >= seq || (waiting[0]?.seq ?? 0) > seq,
        async wait(ms, signal) {
          let ended: 'news' | 'silence' = 'news'
          if (!wakened && !signal.aborted) {
            await new Promise<void>((resolve) => {
              wake = () => {
                clearTimeout(timer)
                signal.removeEventListener('abort', wake)
                // After this turn of the event loop: what comes in one piece from the model goes out in one.
                setImmediate(resolve)
              }
              const timer = setTimeout(() => {
                ended = 'silence'
                wake()
              }, ms)
              signal.addEventListener('abort', wake)
            })
          }
          wakened = false
          if (failed) throw failed.error
          return ended
        },
        [Symbol.dispose]() {
          set.delete(reader)
          if (set.size === 0 && readers.get(runId) === set) readers.delete(runId)
        },
      }
    },
  }
}

/** Rows of one statement: each number of them is a statement of its own, which is prepared and kept. */
const maxRows = 32

/** Writes events that already have their numbers; `run` is the run's `seq`. */
export async function insertEvents(tx: Transaction, run: number, events: LoggedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += maxRows) {
    const rows = events.slice(at, at + maxRows)
    await tx.run(
      `insert into run_log (run, seq, attempt, event, subject, data)
       values ${rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}`,
      ...rows.flatMap(({ seq, attempt, event, subject, data }) => [run, seq, attempt, event, subject, data]),
    )
  }
}

export interface KeptEvent extends EventId, Kept {
  event: string
}

/** The next events after number `seq`, a bounded count of them, and whether there are more. */
export async function readRunEvents(
  db: Reader,
  runId: string,
  seq: number,
): Promise<{ events: KeptEvent[]; more: boolean }> {
  const events = await db.all<KeptEvent>(
    `select seq, attempt, event, subject, data from run_log
     where run = (select seq from runs where id = ?) and seq > ? order by seq limit ? + 0`,
    runId,
    seq,
    readEvents,
  )
  return { events, more: events.length === readEvents }
}

/**
 * Where a reader goes on that has seen everything up to `seen`: not after events that its attempt had shown but
 * lost, because those numbers were given again.
 */
export async function resumeAfter(db: Reader, runId: string, seen: EventId): Promise<number> {
  const kept = await db.get<{ seq: number | null }>(
    'select max(seq) as seq from run_log where run = (select seq from runs where id = ?) and attempt <= ?',
    runId,
    seen.attempt,
  )
  return Math.min(seen.seq, kept?.seq ?? 0)
}

/** The data of a run's events of one name that are kept whole, in order. */
export async function eventsNamed(db: Reader, runId: string, event: string): Promise<string[]> {
  const rows = await db.all<{ data: string }>(
    `select data from run_log where run = (select seq from runs where id = ?) and event = ? and subject is null
     order by seq`,
    runId,
    event,
  )
  return rows.map(({ data }) => data)
}

/** Takes what tells of a deleted row out of the log of its run. */
export const forgetEvents = (tx: Transaction, runId: string, id: string) =>
  tx.run(
    `delete from run_log where run = (select seq from runs where id = ?)
     and (subject = ? or (subject is null and data like ?))`,
    runId,
    id,
    `%"id":"${id}"%`,
  )

const slice = createSlice()

/**
 * Takes a slice of the deltas of runs that finished before `before` (Unix seconds): the final objects say it all. False
 * when none is left.
 */
export async function dropDeltas(db: Database, before: number): Promise<boolean> {
  const { rows } = slice
  const runs = await db.all<{ seq: number }>(
    'select seq from runs where finished_at < ? and deltas_dropped = 0 order by finished_at limit ? + 0',
    before,
    rows,
  )
  if (runs.length === 0) return false
  const drop = async (tx: Transaction) => {
    let left = rows
    for (const { seq } of runs) {
      left -= await tx.run(
        `delete from run_log where run = ? and seq in
         (select seq from run_log where run = ? and event like '%.delta' order by seq limit ? + 0)`,
        seq,
        seq,
        left,
      )
      if (left <= 0) return
      await tx.run('update runs set deltas_dropped = 1 where seq = ?', seq)
      left--
    }
  }
  await db.write((tx) => slice.measure(() => drop(tx)), 'committed')
  return true
}
