import type { RunRecord } from '../contract/runs.ts'
import type { Transcript } from './transcript.ts'

/** One run that is worked on: what every part of the engine is handed of it. */
export interface RunWork {
  readonly run: RunRecord
  readonly transcript: Transcript
  /** Aborted with the reason why the run is stopped from outside. */
  readonly signal: AbortSignal
  /** What it waits for, in words that go on after "before": `the model 'x' had answered`. */
  waitingFor?: string
}
