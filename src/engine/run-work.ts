import type { StoredRun } from '../contract/runs.ts'
import type { Recorder } from './recorder.ts'
import type { Timeline } from './timeline.ts'
import type { Transcript } from './transcript.ts'

/** One run that a worker is working on. Every part of the engine receives it. */
export interface RunWork {
  readonly run: StoredRun
  readonly transcript: Transcript
  readonly timeline: Timeline
  /** Has the run as it is now, and counts answers of the model and what they have cost. */
  readonly recorder: Pick<Recorder, 'run' | 'countRefused' | 'countAnswer' | 'check'>
  /** When the run is stopped from outside, this is aborted, and its reason says why. */
  readonly signal: AbortSignal
  /** Aborted when the run is to end at the next point at which nothing of it is half done. */
  readonly endsEarly: AbortSignal
  /** What the run is waiting for, in words that continue a sentence after "before": `the model 'x' had answered`. */
  waitingFor?: string
}
