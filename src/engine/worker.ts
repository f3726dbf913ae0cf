import type { StoredRun } from '../contract/runs.ts'
import { lastError } from '../errors/last-error.ts'
import { DatabaseTooSlow } from '../errors/unavailable.ts'
import { describeError, type Log } from '../common/log.ts'
import { modelError } from '../models/model-error.ts'
import { anyRunWaits, takeLostRun, waitingRuns } from '../store/claim-runs.ts'
import {
  startLeasedWorker,
  type Broken,
  type LeasedWorker,
  type LeasedWorkerOptions,
} from '../store/leased-worker.ts'
import { isGivenUp, releaseRun } from '../store/leases.ts'
import type { Limits } from '../store/usage/limits.ts'
import { laneOfRun, partsOfLane, type RunLane } from '../store/run-lane.ts'
import type { RunLog } from '../store/run-log.ts'
import { endsEarly, renewLeases, RunMoved } from '../store/runs.ts'
import { cancelRequested, earlyEndRequested, runQueued } from '../store/signals.ts'
import { createTurns, type PlacesReport, type Turns } from '../common/turns.ts'
import { ToolFailure } from '../tools/tool-failure.ts'
import { nowSeconds } from '../common/clock.ts'
import { isTerminal } from '../contract/run-status.ts'
import { observeRun } from '../telemetry/observe-run.ts'
import type { ObservedRun, Observer } from '../telemetry/observer.ts'
import type { Engine } from './engine.ts'
import { executeRun } from './execute-run.ts'
import { leavesRunOpen } from './leaves-run-open.ts'
import { createRecorder } from './recorder.ts'
import { RunFailure, type Stop } from './run-failure.ts'
import type { RunWork } from './run-work.ts'
import { createTimeline } from './timeline.ts'
import type { OpenTranscript, RunEnd, Transcript } from './transcript.ts'

export interface WorkerOptions
  extends Omit<Engine, 'callsWereText'>, Pick<LeasedWorkerOptions, 'owner' | 'trial' | 'turns'> {
  runLog: RunLog
  /** How the API of a run stores it. */
  openTranscript: OpenTranscript
  log: Log
  observer: Observer
  /** What the observer is told of a run. */
  observed: (run: StoredRun) => ObservedRun
  /** How many runs projects and keys may have in progress. */
  limits: () => Limits
}

/** How many runs may be in progress at the same time. A single project may have 256 of them on one provider. */
const places = 768

/** Gives each provider its turn. Waiting is logged once when it begins and once when it ends. */
export const createRunTurns = (log: Log): Turns =>
  createTurns(places, {
    groupOf: (lane) => partsOfLane(lane).provider,
    changed(waits, lane) {
      const about = lane === undefined ? { places } : { ...partsOfLane(lane) }
      if (waits) log('warn', 'runs wait for a place', about)
      else log('info', 'no run waits for a place any more', about)
    },
  })

/** How many places are taken, by whom, and whose runs wait for one: by provider, and by project. */
export function reportRuns(turns: Turns): PlacesReport & { projects: PlacesReport['lanes'] } {
  const report = turns.report()
  const sumBy = (part: keyof RunLane) => {
    const sums: PlacesReport['lanes'] = {}
    for (const [lane, { taken, waits }] of Object.entries(report.lanes)) {
      const name = partsOfLane(lane)[part]
      const sum = sums[name]
      sums[name] = { taken: taken + (sum?.taken ?? 0), waits: waits || (sum?.waits ?? false) }
    }
    return sums
  }
  return { ...report, lanes: sumBy('provider'), projects: sumBy('project') }
}

/**
 * Claims queued runs, and runs whose worker was lost, and works on them. The process may die at any line: everything
 * that was written is consistent, and another worker continues the run.
 */
export function startWorker(options: WorkerOptions): LeasedWorker<StoredRun> {
  const { db, runLog, log, turns, observer } = options
  const engine: Engine = { ...options, callsWereText: logOncePerModel(log) }
  /** How the runs that are worked on here are told to end early, by their ids. */
  const toldToEnd = new Map<string, () => void>()

  async function work(run: StoredRun, stop: AbortController): Promise<void> {
    const halt = (reason: Stop) => stop.abort(reason)
    const offCancel = db.signals.on(cancelRequested(run.id), () => halt('cancelled'))
    const early = new AbortController()
    const endEarly = () => early.abort()
    toldToEnd.set(run.id, endEarly)
    const offEnd = db.signals.on(earlyEndRequested(run.id), endEarly)
    const expiry = setTimeout(() => halt('expired'), timeLeft(run))
    const recorder = createRecorder(db, runLog, run)
    const observed = options.observed(run)
    if (run.attempt === 1)
      observer.runBegan(observed, (run.state.started_at ?? nowSeconds()) - run.created_at)
    recorder.lost.addEventListener('abort', () => halt('lease lost'))
    let going: RunWork | undefined
    try {
      const transcript = await options.openTranscript(run, recorder)
      going = {
        run,
        transcript,
        timeline: createTimeline(recorder, observeRun(observer, observed, run.attempt)),
        recorder,
        signal: stop.signal,
        endsEarly: early.signal,
      }
      if (run.ends_early) endEarly()
      if (run.cancel_requested) halt('cancelled')
      if (stop.signal.aborted) throw stop.signal.reason
      if (isGivenUp(run)) throw new RunFailure('server_error', lastError.givenUp(run.losses))
      await executeRun(engine, going)
    } catch (error) {
      const end = endOf(error, stop.signal, going?.waitingFor)
      if (end && going) await finish(run, going.transcript, end, error)
      else if (stop.signal.reason === ('shutdown' satisfies Broken)) await recorder.close()
    } finally {
      clearTimeout(expiry)
      offCancel()
      offEnd()
      if (toldToEnd.get(run.id) === endEarly) toldToEnd.delete(run.id)
      await recorder.close()
      if (recorder.lost.aborted) await handBack(run)
      if (isTerminal(recorder.run.status)) await options.budgets.ended(recorder.run)
    }
  }

  /** Without it the run would wait until its lease is over, as it does when this fails. */
  async function handBack({ id, attempt }: StoredRun): Promise<void> {
    try {
      await db.write(async (tx) => {
        if ((await releaseRun(tx, options.owner, { id, attempt })) > 0) tx.raise(runQueued)
      })
    } catch (failure) {
      log('error', 'a run could not be handed back', { run: id, ...describeError(failure) })
    }
  }

  async function finish(run: StoredRun, transcript: Transcript, end: RunEnd, error: unknown) {
    if (end.status === 'failed' && !(error instanceof RunFailure)) {
      const cause = error instanceof ToolFailure ? (error.cause ?? error) : error
      log('error', 'a run failed', { run: run.id, ...describeError(cause) })
    }
    try {
      await transcript.end(end)
    } catch (failure) {
      // The run stays as it is, and another worker continues it when the lease is over.
      if (!(failure instanceof RunMoved)) {
        log('error', 'the end of a run could not be written', { run: run.id, ...describeError(failure) })
      }
    }
  }

  return startLeasedWorker<StoredRun>(
    {
      table: 'runs',
      keyOf: ({ id }) => id,
      laneOf: laneOfRun,
      anyWaits: anyRunWaits,
      queues: (tx, lease) => [waitingRuns(tx, runLog, lease, options.limits())],
      takeLost: (tx, lease, may) => takeLostRun(tx, runLog, lease, may, options.limits()),
      async renew(tx, { owner, until }, runs) {
        const held = await renewLeases(tx, owner, runs, until)
        for (const { id, cancel_requested: asked } of held) if (asked === endsEarly) toldToEnd.get(id)?.()
        return new Map(held.map((run) => [run.id, stopOf(run)]))
      },
      work: (run, { stop }) => work(run, stop),
    },
    { db, log, owner: options.owner, trial: options.trial, turns, wakeUps: [runQueued] },
  )
}

/** Why the row of a run says that the run must stop. */
function stopOf(held: { cancel_requested: number; expires_at: number }): Stop | undefined {
  if (held.cancel_requested === 1) return 'cancelled'
  return held.expires_at * 1_000 <= Date.now() ? 'expired' : undefined
}

/** In milliseconds. When the clock was set back, the run still gets no more time than it had at the beginning. */
const timeLeft = ({ created_at, expires_at }: StoredRun) =>
  Math.max(0, Math.min(expires_at * 1_000 - Date.now(), (expires_at - created_at) * 1_000))

/** How the run ends because of this error. Undefined when it does not end, because another worker continues it. */
function endOf(error: unknown, signal: AbortSignal, waitingFor: string | undefined): RunEnd | undefined {
  const stop: Stop | undefined = signal.aborted ? signal.reason : undefined
  if (stop === 'cancelled') return { status: stop }
  if (stop === 'expired') {
    return { status: stop, error: { code: 'server_error', message: lastError.expired(waitingFor) } }
  }
  if (stop || leavesRunOpen(error)) return undefined
  if (error instanceof RunFailure)
    return { status: 'failed', error: { code: error.code, message: error.message } }
  const cause = error instanceof ToolFailure ? error.cause : error
  if (cause instanceof DatabaseTooSlow)
    return { status: 'failed', error: { code: 'server_error', message: lastError.databaseTooSlow } }
  if (error instanceof ToolFailure)
    return { status: 'failed', error: { code: 'server_error', message: error.message } }
  const { code, message } = modelError(error)
  return { status: 'failed', error: { code, message } }
}

function logOncePerModel(log: Log): (model: string) => void {
  const told = new Set<string>()
  return (model) => {
    if (told.has(model)) return
    told.add(model)
    log('info', 'the model writes its calls as text, and they are read of it', { model })
  }
}
