import type { TokenCounts } from '../contract/costs.ts'
import type { RunUsage, StoredRun } from '../contract/runs.ts'
import type { RunWork } from './run-work.ts'

/** Keeps runs to what they, and those who make them, may use. What that is belongs to the API. */
export interface Budgets {
  /**
   * Resolves when the run may ask its model with a prompt of about so many tokens, and an answer of so many at most. Throws
   * a RunFailure when a budget is used up, or the reason of the signal, which is that of the run unless another one is given.
   */
  next(
    work: RunWork,
    turn: Pick<TokenCounts, 'input_tokens' | 'output_tokens'>,
    signal?: AbortSignal,
  ): Promise<void>
  /**
   * Resolves when the answer that is being written may have so many tokens more than `next` was told. Throws a RunFailure when
   * it has to end, or the reason of the signal.
   */
  grow(work: RunWork, tokens: number): Promise<void>
  /** The model has answered with calls: what it has used is known, although it is counted only when they have ended. */
  answered(work: RunWork, usage: RunUsage): Promise<void>
  /** Tells of budgets that the last turn of a run has used up. Never rejects. */
  ended(run: StoredRun): Promise<void>
}
