import type { CompletionPlan } from '../completions/plan.ts'
import type { Transaction } from '../store/database.ts'

export type { CompletionPlan }

/** A completion that may go on, and what is held for it. */
export interface HeldCompletion {
  /** Resolves when its answer may have so many tokens more. Rejects with the wire's error when it has to end. */
  grow(tokens: number): Promise<void>
  /** Releases what it holds, in the transaction that counts what it has used. */
  release(tx: Transaction): void
  /** Releases what it still holds, and tells of budgets that it has used up. Never rejects. */
  end(): Promise<void>
}

/** Keeps completions to what their project and key may use, beside its runs. */
export interface CompletionBudgets {
  /**
   * Resolves when it may begin. Throws the wire's 429 when a budget is used up or as many are in progress as may be, or the
   * reason of the signal. When that is aborted later, the completion ends by itself.
   */
  begin(
    of: { project: string; apiKey: string },
    plan: CompletionPlan,
    signal: AbortSignal,
  ): Promise<HeldCompletion>
}
