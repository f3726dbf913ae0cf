import type { LoggedEvent } from '../contract/run-events.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Database, Transaction } from '../store/database.ts'
import { endRun, type RunEnd } from '../store/end-run.ts'
import type { RunLog } from '../store/run-log.ts'
import { RunMoved, writeDeltas, writeRun, type RunChange } from '../store/runs.ts'

/** How long a shown delta may wait for the disk, in milliseconds. */
const flushAfter = 25

/**
 * Writes one run while its lease is held: the holder is the only writer of the run's row and log, so the numbers of
 * events are given here in memory. Deltas are shown to readers at once and reach the disk in batches; everything
 * else is shown when it is on disk.
 */
export interface Recorder {
  readonly run: RunRecord
  /**
   * A delta: shown now, on disk soon. Not while a write is under way: both would take the same numbers. Once the run
   * ends it is dropped: a program that was stopped goes on to print.
   */
  delta(event: string, data: unknown): void
  /**
   * Rows, events and moves in one transaction, after the deltas before it. Throws RunMoved when the lease is lost.
   */
  write(change: RunChange & Rows): Promise<void>
  /** The run's last write, with all that is still open; rows and events come before. */
  end(how: RunEnd, last?: Rows & Pick<RunChange, 'events'>): Promise<void>
  /** Puts the waiting deltas on disk; afterwards nothing is written any more. */
  close(): Promise<void>
}

export interface Rows {
  /** Rows that belong to the same transaction, written first. */
  rows?: (tx: Transaction) => Promise<void>
}

export function createRecorder(db: Database, log: RunLog, claimed: RunRecord): Recorder {
  let run = claimed
  let shown: LoggedEvent[] = []
  let moved = false
  let ending = false
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()

  /** Writes go one after another: each starts from the row that the one before has left. */
  function inOrder(step: () => Promise<void>): Promise<void> {
    const turn = last.then(step)
    last = turn.catch(() => {})
    return turn
  }

  async function flush(): Promise<void> {
    if (shown.length === 0) return
    await withShown((batch) =>
      db.write(async (tx) => {
        await writeDeltas(tx, run, batch)
        tx.afterCommit(() => log.wake(run.id))
      }, 'committed'),
    )
  }

  /** A write that fails leaves its deltas for the next one, so that the log has no gap. */
  async function withShown(write: (batch: LoggedEvent[]) => Promise<void>): Promise<void> {
    const batch = shown
    shown = []
    try {
      await write(batch)
    } catch (error) {
      shown = [...batch, ...shown]
      moved ||= error instanceof RunMoved
      throw error
    }
  }

  return {
    get run() {
      return run
    },
    delta(event, data) {
      // Another worker gives these numbers now, or the end has them.
      if (moved || ending) return
      run.last_event++
      const text = JSON.stringify(data)
      const { last_event: seq, attempt } = run
      const numbered = { seq, attempt, event, subject: null, data: text, shown: text }
      shown.push(numbered)
      log.show(run.id, [numbered])
      // A lost lease shows itself at the next write, which is awaited.
      timer ??= setTimeout(() => {
        timer = undefined
        inOrder(flush).catch(() => {})
      }, flushAfter)
    },
    write: ({ rows, ...change }) =>
      inOrder(() =>
        withShown(async (batch) => {
          run = await db.write(async (tx) => {
            await rows?.(tx)
            return writeRun(tx, log, run, { ...change, shown: batch })
          })
        }),
      ),
    end(how, { rows, events } = {}) {
      ending = true
      return inOrder(() =>
        withShown(async (batch) => {
          run = await db.write(async (tx) => {
            await rows?.(tx)
            return endRun(tx, log, run, how, { shown: batch, events: events ?? [] })
          })
        }),
      )
    },
    async close() {
      clearTimeout(timer)
      await inOrder(flush).catch(() => {})
    },
  }
}
