import type { StoredRun } from '../contract/runs.ts'
import type { RecentAssistant } from '../store/assistants.ts'
import { BeginAgain, type Transaction } from '../store/database.ts'
import { insertRun, insertWhereFree, nextRunNumber } from '../store/insert-runs.ts'
import { laneOfRun } from '../store/run-lane.ts'
import { hasRunLimit } from '../store/run-places.ts'
import type { LiveEvents, NewEvent } from '../store/run-log.ts'
import { runQueued } from '../store/signals.ts'
import { waitForThread } from '../store/waiting-runs.ts'
import type { Context } from './context.ts'

export interface NewRun<Run extends StoredRun> {
  queued: Run
  events: NewEvent[]
  /** Which server has something that the run needs, and should work on it. */
  sessionServer?: string | undefined
  /** The thread that the run has to wait for, and then gets, before anybody may begin with it. */
  waitsFor?: string | undefined
  /** Writes what belongs to the run, whose row is there. */
  rows?: (tx: Transaction) => void
  /** Ends the run in the transaction that writes it, where a run has nothing to do. */
  end?: ((tx: Transaction, run: Run) => Promise<unknown>) | undefined
}

/** A run that changes nothing else in its thread, where it has one, and needs to know nothing of it. */
export interface PlainRun<Run extends StoredRun> extends Pick<NewRun<Run>, 'queued' | 'events' | 'rows'> {
  /** The run is added where its assistant is still as it was read. */
  assistant?: RecentAssistant | undefined
  /** Reads what the run needs next, which saves it a round trip where it begins at once. */
  ahead?: ((tx: Transaction) => Promise<Partial<Run>>) | undefined
}

export interface BegunRun<Run extends StoredRun> {
  /** The run as it was written. */
  queued: Run
  /** The events from the first one on, when they are to be streamed. */
  live: LiveEvents | undefined
  /** Whether this server has begun to work on it. */
  begunHere: boolean
}

/**
 * Writes a run with its first events. When this server has a free place, the run begins at once; otherwise the worker is
 * woken. `prepare` runs in the same transaction. A `plain` run is tried first, in one round trip: its row is added where its thread,
 * if it has one, exists and is free.
 */
export async function beginRun<Run extends StoredRun>(
  ctx: Context,
  {
    id,
    provider,
    stream,
    plain,
  }: { id: string; provider: string; stream: boolean; plain?: PlainRun<Run> | undefined },
  prepare: (tx: Transaction) => Promise<NewRun<Run>>,
): Promise<BegunRun<Run>> {
  const live = stream ? ctx.log.attach(id) : undefined
  // Where runs are counted, whoever claims them counts.
  const isCounted = hasRunLimit(ctx.admission.limits(), ctx.project)
  const place = isCounted ? undefined : ctx.reserve(laneOfRun({ provider, project: ctx.project }))
  let mayBePlain = plain !== undefined
  const lookAtThread = () => {
    mayBePlain = false
    return new BeginAgain()
  }
  try {
    return await ctx.db.write(async (tx) => {
      if (plain && mayBePlain) {
        const { queued, events, assistant } = plain
        const of = { events, assistant, lease: place?.lease, server: ctx.server, refusal: lookAtThread }
        const added = insertWhereFree(tx, ctx.log, queued, of)
        plain.rows?.(tx)
        if (place) {
          // What cannot be read is read again by the run, which tells why. Where a statement fails, the transaction does.
          const read = plain.ahead?.(tx).catch(() => undefined)
          const begun = Promise.all([added, read]).then(([run, known]) => ({ ...run, ...known }))
          begun.catch(() => {})
          tx.afterCommit(() => void begun.then(place.begin), 'committed')
        } else tx.raise(runQueued)
        return { queued, live, begunHere: place !== undefined }
      }
      // Its number comes with the first answer to `prepare`, after the lock of the thread.
      const preparing = prepare(tx)
      const [prepared, seq] = await Promise.all([preparing, nextRunNumber(tx)])
      const { events, sessionServer, waitsFor, rows, end } = prepared
      const queued = { ...prepared.queued, seq }
      const isAnywhere = sessionServer === undefined || sessionServer === ctx.server
      const beginsHere = isAnywhere && waitsFor === undefined && !end ? place : undefined
      const lease = end ? { owner: ctx.server, until: await tx.now() } : beginsHere?.lease
      const run = insertRun(tx, ctx.log, queued, { events, lease })
      if (waitsFor !== undefined) waitForThread(tx, seq, waitsFor)
      rows?.(tx)
      await end?.(tx, run)
      // The run begins at the commit, before the disk has it. The model can be asked meanwhile, and the next write of
      // the run shares the sync.
      if (beginsHere) tx.afterCommit(() => beginsHere.begin(run), 'committed')
      else {
        tx.afterCommit(() => place?.giveBack(), 'committed')
        if (!end) tx.raise(runQueued, sessionServer)
      }
      return { queued, live, begunHere: beginsHere !== undefined }
    })
  } catch (error) {
    place?.giveBack()
    live?.[Symbol.dispose]()
    throw error
  }
}
