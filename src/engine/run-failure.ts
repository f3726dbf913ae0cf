import type { RunError } from '../contract/runs.ts'

/** What ends a run as `failed`; its text is for the caller, in `last_error`. */
export class RunFailure extends Error {
  override name = 'RunFailure'
  readonly code: RunError['code']
  constructor(code: RunError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Why a run is stopped from outside, as the reason of its AbortSignal. */
export type Stop = 'cancelled' | 'expired' | 'lease lost' | 'shutdown'
