import type { LoggedEvent } from '../contract/run-events.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Database, Transaction } from '../store/database.ts'
import type { RunLog } from '../store/run-log.ts'
import { RunMoved, writeDeltas, writeRun, type RunChange } from '../store/runs.ts'

/** How long a shown delta may wait for the disk, in milliseconds. */
const flushAfterMs = 25

type Rows = (tx: Transaction) => Promise<void>

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
  /** Rows that reach the disk with the next batch of deltas, unless `write` or `end` comes before. */
  soon(rows: Rows): void
  /**
   * Rows, events and moves in one transaction, after the deltas before it; `afterEvents` is the last of it. Throws RunMoved
   * when the lease is lost.
   */
  write(change: RunChange & { rows?: Rows; afterEvents?: Rows }): Promise<void>
  /** The run's last write; `write` is given the deltas that are not on disk yet, and gives the row as it is then. */
  end(write: (tx: Transaction, run: RunRecord, shown: LoggedEvent[]) => Promise<RunRecord>): Promise<void>
  /** Puts the waiting deltas on disk; afterwards nothing is written any more. */
  close(): Promise<void>
}

export function createRecorder(db: Database, log: RunLog, claimed: RunRecord): Recorder {
  let run = claimed
  let shown: LoggedEvent[] = []
  let waitingRows: Rows | undefined
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
    const rows = waitingRows
    if (shown.length === 0 && !rows) return
    await withShown((batch) =>
      db.write(async (tx) => {
        await rows?.(tx)
        await writeDeltas(tx, run, batch)
        tx.afterCommit(() => log.wake(run.id))
      }, 'committed'),
    )
  }

  /** A write that fails leaves its deltas for the next one, so that the log has no gap. */
  async function withShown(write: (batch: LoggedEvent[]) => Promise<void>): Promise<void> {
    const batch = shown
    shown = []
    waitingRows = undefined
    try {
      await write(batch)
    } catch (error) {
      shown = [...batch, ...shown]
      moved ||= error instanceof RunMoved
      throw error
    }
  }

  /** A lost lease shows itself at the next write, which is awaited. */
  function flushSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      inOrder(flush).catch(() => {})
    }, flushAfterMs)
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
      flushSoon()
    },
    soon(rows) {
      waitingRows = rows
      flushSoon()
    },
    write: ({ rows, afterEvents, ...change }) =>
      inOrder(() =>
        withShown(async (batch) => {
          run = await db.write(async (tx) => {
            await rows?.(tx)
            const written = await writeRun(tx, log, run, { ...change, shown: batch })
            await afterEvents?.(tx)
            return written
          })
        }),
      ),
    end(write) {
      ending = true
      return inOrder(() =>
        withShown(async (batch) => {
          run = await db.write((tx) => write(tx, run, batch))
        }),
      )
    },
    async close() {
      clearTimeout(timer)
      await inOrder(flush).catch(() => {})
    },
  }
}
