import { quotaText } from '../errors/budget-errors.ts'
import { tokensOf, type TokenCounts } from '../contract/costs.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import type { SpentBudget } from '../contract/budgets.ts'
import type { RunUsage, StoredRun } from '../contract/runs.ts'
import { sumUsage } from '../contract/usage.ts'
import type { Budgets } from '../engine/budgets.ts'
import { RunFailure } from '../engine/run-failure.ts'
import type { RunWork } from '../engine/run-work.ts'
import { waitsFor } from '../errors/last-error.ts'
import { describeError } from '../common/log.ts'
import { hold, holdStates } from '../store/usage/budget-holds.ts'
import { isSpent, spentOf } from '../store/usage/spending.ts'
import { BudgetAlerts, type Subject } from './budget-alerts.ts'
import { BudgetHolds, type BudgetParts } from './budget-holds.ts'

/**
 * Keeps runs to their budgets. A turn begins only while something is left, and first holds what it may use: its prompt, and
 * the longest answer, or a part of it that grows with the answer where its caller has set no maximum.
 */
export class RunBudgets implements Budgets {
  #parts: BudgetParts
  #holds: BudgetHolds
  #alerts: BudgetAlerts
  /** What the turns under way hold. */
  #held = new WeakMap<RunWork, ModelTokens>()

  constructor(parts: BudgetParts) {
    this.#parts = parts
    this.#holds = new BudgetHolds(parts)
    this.#alerts = new BudgetAlerts(parts)
  }

  async next(
    work: RunWork,
    turn: Pick<TokenCounts, 'input_tokens' | 'output_tokens'>,
    signal = work.signal,
  ): Promise<void> {
    const { db, budgetsOf, priceOf } = this.#parts
    const { project, request } = work.run
    if (budgetsOf(project).length === 0) return
    const refused = work.recorder.run.state.refused_usage ?? null
    const own = modelTokens(request.model, sumUsage([work.transcript.progress.usage, refused]))
    const spent = await spentOf(db, budgetsOf(project), { ...threadOf(work.run), run: [own] }, priceOf)
    await this.#alerts.tell(spent, subjectOf(work.run))
    const over = spent.find((one) => one.budget.action === 'stop' && isSpent(one))
    if (over) throw usedUp(over)
    const uncounted = refused ? modelTokens(request.model, refused) : undefined
    const held = {
      model: request.model,
      input_tokens: turn.input_tokens + (uncounted?.input_tokens ?? 0),
      cached_tokens: 0,
      output_tokens: turn.output_tokens + (uncounted?.output_tokens ?? 0),
      reasoning_tokens: 0,
    }
    await this.#hold(work, held, { signal, uncounted })
  }

  async grow(work: RunWork, more: number): Promise<void> {
    const held = this.#held.get(work)
    if (held) await this.#hold(work, { ...held, output_tokens: held.output_tokens + more }, { grows: true })
  }

  async answered(work: RunWork, usage: RunUsage): Promise<void> {
    const { id, project, request } = work.run
    this.#held.delete(work)
    if (this.#holds.limitsOf(project).length === 0) return
    const used = modelTokens(request.model, usage)
    await this.#parts.db.write(
      (tx) => hold(tx, { run_id: id, project, answered: holdStates.calls, exceeds: 0, ...used }),
      'committed',
    )
  }

  async ended(run: StoredRun): Promise<void> {
    const { db, budgetsOf, priceOf, log } = this.#parts
    const budgets = budgetsOf(run.project)
    if (budgets.length === 0) return
    try {
      const own = run.state.usage ? [modelTokens(run.request.model, run.state.usage)] : []
      const spender = { ...threadOf(run), run: own, hasEnded: true }
      await this.#alerts.tell(await spentOf(db, budgets, spender, priceOf), subjectOf(run))
    } catch (error) {
      log('error', 'budgets were not looked at after a run', { run: run.id, ...describeError(error) })
    }
  }

  /** Waits until it is held. Throws a RunFailure when a budget is used up. */
  async #hold(
    work: RunWork,
    turn: ModelTokens,
    {
      signal = work.signal,
      ...more
    }: { signal?: AbortSignal; uncounted?: ModelTokens | undefined; grows?: boolean },
  ): Promise<void> {
    const { run, timeline } = work
    const before = work.waitingFor
    let waiting: ReturnType<typeof timeline.begin> | undefined
    const waits = () => {
      waiting ??= timeline.begin('retry', { error: `The run waits until ${waitsFor.budget}.` })
      work.waitingFor = waitsFor.budget
    }
    const over = await this.#holds.hold(run, turn, { ...more, signal, waits })
    if (over) throw usedUp(over)
    this.#held.set(work, turn)
    waiting?.end()
    if (before !== undefined) work.waitingFor = before
  }
}

const usedUp = (over: SpentBudget) => new RunFailure('rate_limit_exceeded', quotaText(over))
/** A response that is in no conversation is a thread with those that it goes on with. */
const threadOf = ({ thread_id: threadId, state: { chain } }: StoredRun) =>
  threadId === null ? { before: chain?.used ?? [] } : { threadId }
const subjectOf = ({ id, project, thread_id: thread, state: { chain } }: StoredRun): Subject => ({
  project,
  thread: thread ?? chain?.first ?? id,
  run: id,
})
const modelTokens = (model: string, usage: RunUsage): ModelTokens => ({ model, ...tokensOf(usage) })
