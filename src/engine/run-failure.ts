import type { RunFault, RunUsage } from '../contract/runs.ts'

/** An error that ends a run as `failed`. The caller reads its text in `last_error`. */
export class RunFailure extends Error {
  override name = 'RunFailure'
  readonly code: RunFault['code']
  /** What the answer that it breaks off has cost. Undefined when it breaks off none. */
  usage?: RunUsage
  constructor(code: RunFault['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Why something outside of the run stops it. This is the reason of the run's AbortSignal. */
export type Stop = 'cancelled' | 'expired' | 'lease lost' | 'shutdown'
