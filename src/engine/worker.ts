import { randomUUID } from 'node:crypto'
import type { RunRecord } from '../contract/runs.ts'
import { nowSeconds } from '../clock.ts'
import { describeError, type Log } from '../log.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { modelError } from '../models/model-error.ts'
import type { RunEnd } from '../store/end-run.ts'
import type { RunLog } from '../store/run-log.ts'
import {
  isCancelRequested,
  releaseLease,
  renewLeases,
  RunMoved,
  lostRuns,
  queuedRuns,
  writeRun,
} from '../store/runs.ts'
import { cancelRequested, runQueued, type Signals } from '../store/signals.ts'
import type { Engine } from './engine.ts'
import { ToolFailure } from '../tools/tool-failure.ts'
import { executeRun, type OpenWork } from './execute-run.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { RunFailure, type Stop } from './run-failure.ts'
import type { OpenStep } from './turn.ts'

export interface WorkerOptions extends Engine {
  runLog: RunLog
  signals: Signals
  log: Log
  /** Runs worked on at the same time. */
  slots?: number
}

interface Work {
  attempt: number
  done: Promise<void>
  stop: AbortController
}

/** A run whose worker is silent for so long is taken up by another, in milliseconds. */
const lease = 5_000
const heartbeat = 1_500
/** How often to look for work that no wake-up announced. */
const lookAgain = 1_000

/**
 * Claims queued runs, and runs whose worker was lost, and works on them. It may die at any line: what it has written
 * is whole, and its runs are taken up again when their lease is over.
 */
export function startWorker(options: WorkerOptions): { close(): Promise<void> } {
  const { db, runLog, signals, log, slots = 256 } = options
  const owner = randomUUID()
  const working = new Map<string, Work>()
  /** Leases run out by time, which no wake-up announces. */
  let lookForLost = true

  const claim = oneAtATime(claimRuns, (error) => log('error', 'claiming runs failed', describeError(error)))

  async function claimRuns(): Promise<boolean> {
    const free = slots - working.size
    if (free <= 0) return false
    const claimed = await db.write(async (tx) => {
      const now = Date.now()
      const runs = []
      const queued = await queuedRuns(tx, free)
      const lost = lookForLost ? await lostRuns(tx, now, free - queued.length) : []
      lookForLost = false
      for (const run of [...queued, ...lost]) {
        const fresh = run.status === 'queued'
        // After a sleep of the whole machine the leases of its own runs are over; the next heartbeat renews them.
        if (!fresh && working.has(run.id)) continue
        runs.push(
          await writeRun(tx, runLog, run, {
            lease: { owner, until: now + lease },
            ...(fresh && { moves: ['in_progress'], state: { started_at: nowSeconds() } }),
          }),
        )
      }
      return runs
    }, 'committed')
    for (const run of claimed) take(run)
    return claimed.length === free
  }

  function take(run: RunRecord): void {
    const stop = new AbortController()
    const done = work(run, stop).finally(() => {
      if (working.get(run.id)?.stop === stop) working.delete(run.id)
      if (working.size === slots - 1) claim()
    })
    working.set(run.id, { attempt: run.attempt, done, stop })
  }

  async function work(run: RunRecord, stop: AbortController): Promise<void> {
    const halt = (reason: Stop) => stop.abort(reason)
    const offCancel = signals.on(cancelRequested(run.id), () => halt('cancelled'))
    const expiry = setTimeout(() => halt('expired'), Math.max(0, run.expires_at * 1000 - Date.now()))
    const recorder = createRecorder(db, runLog, run)
    const open: OpenWork = { step: {} }
    try {
      // It may have been asked for in the very commit that claimed the run, before anybody listened.
      if (await isCancelRequested(db, run.id)) halt('cancelled')
      if (stop.signal.aborted) throw stop.signal.reason
      await executeRun(options, recorder, stop.signal, open)
    } catch (error) {
      const end = endOf(error, stop.signal, open)
      if (end) await finish(recorder, open.step, end, error)
      else if (stop.signal.reason === 'shutdown') await recorder.close()
    } finally {
      clearTimeout(expiry)
      offCancel()
      await recorder.close()
    }
  }

  async function finish(
    recorder: Recorder,
    { message, tools, usage }: OpenStep,
    end: RunEnd,
    error: unknown,
  ) {
    if (end.status === 'failed' && !(error instanceof RunFailure)) {
      const cause = error instanceof ToolFailure ? (error.cause ?? error) : error
      log('error', 'a run failed', { run: recorder.run.id, ...describeError(cause) })
    }
    try {
      message?.flush()
      await recorder.end(end, {
        async rows(tx) {
          await message?.save(tx)
          await tools?.saveIn(tx, usage)
        },
      })
    } catch (failure) {
      // The run stays as it is and is taken up again when its lease is over.
      if (!(failure instanceof RunMoved)) {
        log('error', 'the end of a run could not be written', {
          run: recorder.run.id,
          ...describeError(failure),
        })
      }
    }
  }

  async function renew(): Promise<void> {
    if (working.size === 0) return
    const mine = [...working]
    const runs = mine.map(([id, { attempt }]) => ({ id, attempt }))
    // Not all that it holds: a run whose end could not be written is to be taken up again.
    const held = await db.write((tx) => renewLeases(tx, owner, runs, Date.now() + lease))
    const byId = new Map(held.map((run) => [run.id, run]))
    for (const [id, { stop }] of mine) {
      const run = byId.get(id)
      // A run that has just ended is not held either; there is nothing left to stop in it.
      if (!run) stop.abort('lease lost' satisfies Stop)
      else if (run.cancel_requested === 1) stop.abort('cancelled' satisfies Stop)
    }
  }

  const offQueued = signals.on(runQueued, claim)
  const looking = setInterval(() => {
    lookForLost = true
    claim()
  }, lookAgain)
  const renewing = setInterval(() => {
    renew().catch((error) => log('error', 'renewing leases failed', describeError(error)))
  }, heartbeat)
  claim()

  return {
    /** Lets go of every run, so that another process can take it up at once. */
    async close() {
      offQueued()
      clearInterval(looking)
      clearInterval(renewing)
      await claim.close()
      const runs = [...working.values()]
      for (const { stop } of runs) stop.abort('shutdown' satisfies Stop)
      await Promise.all(runs.map(({ done }) => done))
      await db.write((tx) => releaseLease(tx, owner))
    },
  }
}

/** How the run ends after this; undefined where it does not end but goes to another worker. */
function endOf(error: unknown, signal: AbortSignal, { waitingFor }: OpenWork): RunEnd | undefined {
  const stop: Stop | undefined = signal.aborted ? signal.reason : undefined
  if (stop === 'cancelled') return { status: stop }
  if (stop === 'expired') {
    const message = `The run expired before ${waitingFor ?? 'it had ended'}.`.replace(/\.\.$/, '.')
    return { status: stop, error: { code: 'server_error', message } }
  }
  if (stop || error instanceof RunMoved) return undefined
  if (error instanceof RunFailure)
    return { status: 'failed', error: { code: error.code, message: error.message } }
  if (error instanceof ToolFailure)
    return { status: 'failed', error: { code: 'server_error', message: error.message } }
  const { code, message } = modelError(error)
  return { status: 'failed', error: { code, message } }
}
