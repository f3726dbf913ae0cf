import type { RunUsage, StoredRun } from '../contract/runs.ts'
import { sumUsage } from '../contract/usage.ts'
import type { Database, Transaction } from '../store/database.ts'
import { noteRow, type RunLog } from '../store/run-log.ts'
import { RunMoved, unseen, writeNumbered, writeRun, type RunChange } from '../store/runs.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import type { SpanNote } from './timeline.ts'
import {
  nothingUnwritten,
  numberedBefore,
  rejoin,
  type Opened,
  type Opening,
  type Unwritten,
} from './unwritten.ts'

export type { Opened }

/** Whether a run that ends with this status gives what was said in it as its answer. */
export const endsAs = (status: string): 'answered' | 'broken off' =>
  status === 'completed' || status === 'incomplete' ? 'answered' : 'broken off'

/** The longest time, in milliseconds, that a delta may be visible before it is written to disk. */
const flushAfterMs = 25
/** The same for a note. It is longer, because in most runs something else is written by then, and takes the note along. */
const noteAfterMs = 300

type Rows = (tx: Transaction) => Promise<void> | void
/** What waits for the next write. */
type Batch = Required<Pick<RunChange, 'numbered' | 'notes'>>

/**
 * Writes one run while its lease is held. The holder of the lease is the only writer of the run's row and log, so it
 * can number the events in memory. Deltas are shown to readers at once and written to disk in batches. Everything else
 * is shown after it is on disk, and what comes after it not before it.
 */
export interface Recorder<Run extends StoredRun = StoredRun> {
  readonly run: Run
  /**
   * Aborted when the run can no longer be written here: the lease is lost, or a commit was lost of which it is not known
   * whether it was written. Another attempt reads what is there.
   */
  readonly lost: AbortSignal
  /**
   * Shows a delta now, or once it is on disk where the API wants it so, and not before what was opened. Writes it to disk soon. Must
   * not be called while a write is in progress, because both would use the same numbers. After the end of the run has begun,
   * deltas are dropped: a program that was stopped may still print. `of` is the id of the object which grows; events without it
   * are written one by one.
   */
  delta(event: string, data: object, of?: string): void
  /**
   * Writes this at the end of this turn of the event loop with everything that has come by then, which may be the next `write` or
   * `end`: an answer that comes at once is one transaction. As `delta`, not while a write is in progress.
   */
  open(opening: Opening): Opened
  /** Throws what an opening could not be written for. From then on nothing can be written but that the run was broken off. */
  check(): void
  /** Notes something about the work itself. It goes to disk with the next write, or alone after a moment. */
  note(note: SpanNote): void
  /**
   * Counts a request to the model whose answer is shown nowhere, or not complete, and what it has cost. It goes to disk with
   * the row of the run, at the next `write`, `end` or opening. May be called while a write is in progress.
   */
  countRefused(usage: RunUsage): Promise<void>
  /**
   * Counts an answer that is shown, or nothing where its last request was never sent. Returns what it has cost together with those
   * that were refused before it.
   */
  countAnswer(usage: RunUsage): RunUsage
  /** Writes these rows with the next batch of deltas, unless `write` or `end` comes before it. */
  soon(rows: Rows): void
  /**
   * Writes rows, events and changes of status in one transaction, after all deltas before them. `afterEvents` runs last
   * in that transaction. Throws RunMoved when the lease is lost.
   */
  write(change: RunChange & { rows?: Rows; afterEvents?: Rows }): Promise<void>
  /**
   * The last write of the run. `write` receives the deltas and notes that are not on disk yet, and returns the row as it
   * is afterwards. An end with an answer fails where something of that could not be written.
   */
  end(
    write: (tx: Transaction, run: Run, waiting: Batch) => Promise<Run>,
    how: 'answered' | 'broken off',
  ): Promise<void>
  /** Writes what waits to disk. Nothing can be written afterwards. */
  close(): Promise<void>
}

export function createRecorder<Run extends StoredRun>(
  db: Database,
  log: RunLog,
  claimed: Run,
): Recorder<Run> {
  let run = claimed
  let waiting = nothingUnwritten()
  /** Whether openings are being written. */
  let isOpening = false
  /** Why openings were given up. */
  let failure: { error: unknown } | undefined
  /** By the number of their span. */
  let notes = new Map<number, SpanNote>()
  let noteCount = 0
  let waitingRows: Rows | undefined
  const lost = new AbortController()
  let ending = false
  let timer: NodeJS.Timeout | undefined
  let noteTimer: NodeJS.Timeout | undefined
  let flushedAt = 0
  let last = Promise.resolve()

  /** Runs writes one after another, because each of them starts from the row that the previous one has left. */
  function inOrder(step: () => Promise<void>): Promise<void> {
    const turn = last.then(step)
    last = turn.catch(() => {})
    return turn
  }

  async function flush(): Promise<void> {
    flushedAt = performance.now()
    const rows = waitingRows
    if (waiting.events.length === 0 && notes.size === 0 && !rows) return
    // Deltas that come meanwhile are not part of it.
    const upToNow = { ...run }
    // PostgreSQL may lose what is only committed. Readers must never have seen that of an opening, nor of some runs at all.
    const until = log.showsEarly(run) && waiting.openings.length === 0 ? 'committed' : 'on disk'
    await withWaiting((batch, begun) =>
      db.write(async (tx) => {
        for (const opening of begun) opening.rows(tx, 'begun')
        await rows?.(tx)
        // What was refused before has cost something, and counts when the next has begun.
        writeNumbered(tx, log, upToNow, batch, begun.length > 0 ? 'with its state' : 'its events')
        const late = unseen(batch.numbered)
        tx.afterCommit(() => (late.length > 0 ? log.show(run.id, late) : log.wake(run.id)))
      }, until),
    )
  }

  /** When a write fails, its events, openings and notes are kept for the next one, so that the log has no gap. */
  async function withWaiting(
    write: (batch: Batch, begun: Unwritten['openings']) => Promise<void>,
  ): Promise<void> {
    if (lost.signal.aborted) throw new RunMoved(`run ${run.id} is not written here any more`)
    const [taken, noted] = [waiting, notes]
    waiting = nothingUnwritten()
    notes = new Map()
    waitingRows = undefined
    isOpening = taken.openings.length > 0
    const noteRows = noted.size > 0 ? [noteRow(run, ++noteCount, [...noted.values()])] : []
    try {
      await write({ numbered: taken, notes: noteRows }, taken.openings)
      for (const opening of taken.openings) opening.isOnDisk = true
      isOpening = false
      showWaiting()
    } catch (error) {
      isOpening = false
      waiting = rejoin(taken, waiting)
      for (const [n, note] of noted) notes.set(n, { ...note, ...notes.get(n) })
      if (error instanceof RunMoved || (error instanceof DatabaseUnavailable && error.whileCommitting))
        lost.abort()
      else if (taken.openings.length > 0 && !(error instanceof DatabaseUnavailable)) giveUp(error)
      throw error
    }
  }

  /** What cannot be written must not be in the way of the end of the run. Nobody has seen it, or what came after it. */
  function giveUp(error: unknown): void {
    const first = waiting.openings[0]?.first ?? run.last_event + 1
    for (const opening of waiting.openings) opening.isGivenUp = true
    waiting = numberedBefore(first, waiting)
    run.last_event = first - 1
    failure = { error }
  }

  function check(): void {
    if (failure) throw failure.error
  }

  /** Shows deltas to readers that have been shown everything before them. */
  function showWaiting(): void {
    const { events, shown, openings } = waiting
    if (openings.length > 0 || isOpening || shown === events.length || !log.showsEarly(run)) return
    log.show(run.id, events.slice(shown))
    waiting.shown = events.length
  }

  /** Readers in other servers see only what is on disk: for them the first deltas do not wait. */
  const flushDelay = () =>
    log.isFollowedElsewhere(run.id) && performance.now() - flushedAt > flushAfterMs ? 0 : flushAfterMs

  /** Errors are ignored here: the next awaited write reports a lost lease. */
  function flushSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      inOrder(flush).catch(() => {})
    }, flushDelay())
  }

  function countRequest({ total_tokens: used }: RunUsage, refused: RunUsage | undefined): void {
    const { refused_usage: _before, model_requests: before = 0, ...state } = run.state
    const requests = used > 0 ? before + 1 : before
    run = {
      ...run,
      state: { ...state, model_requests: requests, ...(refused && { refused_usage: refused }) },
    }
  }

  return {
    get run() {
      return run
    },
    lost: lost.signal,
    delta(event, data, of) {
      // The numbers now belong to another worker or to the end of the run.
      if (lost.signal.aborted || ending || failure) return
      run.last_event++
      const text = JSON.stringify(data)
      const { last_event: seq, attempt } = run
      const numbered = { seq, attempt, event, subject: null, data: text, shown: text }
      waiting.events.push({ ...numbered, ...(of !== undefined && { deltaOf: of }) })
      showWaiting()
      flushSoon()
    },
    open({ events, rows }) {
      const opening = { rows, isOnDisk: false, isGivenUp: failure !== undefined, first: run.last_event + 1 }
      if (lost.signal.aborted || ending || failure) return opening
      const { attempt } = run
      for (const event of events)
        waiting.events.push(log.prepare(run, { attempt, seq: ++run.last_event }, event))
      waiting.openings.push(opening)
      setImmediate(() => {
        if (waiting.openings.includes(opening)) inOrder(flush).catch(() => {})
      })
      return opening
    },
    check,
    note(note) {
      if (lost.signal.aborted || ending) return
      const before = notes.get(note.n)
      if (note.dropped && before?.type !== undefined) return void notes.delete(note.n)
      notes.set(note.n, { ...before, ...note })
      noteTimer ??= setTimeout(() => {
        noteTimer = undefined
        inOrder(flush).catch(() => {})
      }, noteAfterMs)
    },
    countRefused: (usage) =>
      inOrder(async () => countRequest(usage, sumUsage([run.state.refused_usage ?? null, usage]))),
    countAnswer(usage) {
      const { refused_usage: refused = null } = run.state
      countRequest(usage, undefined)
      return sumUsage([refused, usage])
    },
    soon(rows) {
      waitingRows = rows
      flushSoon()
    },
    write: ({ rows, afterEvents, ...change }) =>
      inOrder(() => {
        check()
        return withWaiting(async (batch, begun) => {
          run = await db.write(async (tx) => {
            for (const opening of begun) opening.rows(tx, 'grown')
            await rows?.(tx)
            const written = await writeRun(tx, log, run, { ...change, ...batch })
            await afterEvents?.(tx)
            return written
          })
        })
      }),
    end(write, how) {
      ending = true
      const attempt = () =>
        withWaiting(async (batch, begun) => {
          run = await db.write((tx) => {
            for (const opening of begun) opening.rows(tx, 'grown')
            return write(tx, run, batch)
          })
        })
      return inOrder(async () => {
        if (how === 'answered') check()
        const before = failure
        await attempt().catch((error: unknown) => {
          // What was in the way is given up by now.
          if (how === 'answered' || failure === before) throw error
          return attempt()
        })
      })
    },
    async close() {
      clearTimeout(timer)
      clearTimeout(noteTimer)
      await inOrder(flush).catch(() => {})
    },
  }
}
