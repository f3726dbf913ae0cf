import { setTimeout as sleep } from 'node:timers/promises'
import { quotaText } from '../budget-errors.ts'
import { monthOf, nowSeconds } from '../clock.ts'
import type { BudgetRecord, SpentBudget } from '../contract/budgets.ts'
import { tokensOf, type TokenCounts } from '../contract/costs.ts'
import type { RunUsage, StoredRun } from '../contract/runs.ts'
import { sumUsage } from '../contract/usage.ts'
import { defaultProject } from '../contract/projects.ts'
import type { Budgets } from '../engine/budgets.ts'
import { RunFailure } from '../engine/run-failure.ts'
import type { RunWork } from '../engine/run-work.ts'
import { waitsFor } from '../last-error.ts'
import { describeError, type Log } from '../log.ts'
import { tellOnce, type BudgetsOf } from '../store/budgets.ts'
import type { Database, Transaction } from '../store/database.ts'
import {
  amountIn,
  hold,
  holdsOf,
  isSpent,
  release,
  spentOf,
  usedInMonth,
  type Hold,
  type ModelTokens,
  type PriceOf,
} from '../store/spending.ts'
import { enqueueWebhook } from '../store/webhook-deliveries.ts'

/** How often a turn that waits for those of other runs looks again, in milliseconds. */
const pollIntervalMs = 200

export interface BudgetParts {
  db: Database
  budgetsOf: BudgetsOf
  priceOf: PriceOf
  log: Log
}

/**
 * Keeps runs to their budgets. A turn begins only while something is left, so a budget is exceeded by one turn at most: by
 * the last one. So that this holds for runs side by side, on any server, each turn first holds what it may use: its prompt, and
 * the longest answer. When that is more than is left beside what others hold, it waits until it is the only one.
 */
export class RunBudgets implements Budgets {
  #parts: BudgetParts
  /** What this server knows to be told, so that it is not asked again. */
  #told = new Set<string>()
  /** Models without a price, of which the log was told. */
  #unpriced = new Set<string>()

  constructor(parts: BudgetParts) {
    this.#parts = parts
  }

  async next(work: RunWork, turn: Pick<TokenCounts, 'input_tokens' | 'output_tokens'>): Promise<void> {
    const { db, budgetsOf, priceOf } = this.#parts
    const { project, thread_id: threadId, request } = work.run
    if (budgetsOf(project).length === 0) return
    const refused = work.recorder.run.state.refused_usage ?? null
    const own = modelTokens(request.model, sumUsage([work.transcript.progress.usage, refused]))
    const spent = await spentOf(db, budgetsOf(project), { threadId, run: [own] }, priceOf)
    await this.#tell(spent, work.run)
    const over = spent.find((one) => one.budget.action === 'stop' && isSpent(one))
    if (over) throw new RunFailure('rate_limit_exceeded', quotaText(over))
    const uncounted = refused && tokensOf(refused)
    await this.#hold(work, {
      model: request.model,
      input_tokens: turn.input_tokens + (uncounted?.input_tokens ?? 0),
      cached_tokens: 0,
      output_tokens: turn.output_tokens + (uncounted?.output_tokens ?? 0),
      reasoning_tokens: 0,
    })
  }

  async answered({ run }: RunWork, usage: RunUsage): Promise<void> {
    if (this.#limitsOf(run.project).length === 0) return
    const used = modelTokens(run.request.model, usage)
    await this.#parts.db.write(
      (tx) => hold(tx, { run_id: run.id, project: run.project, answered: 1, ...used }),
      'committed',
    )
  }

  async ended(run: StoredRun): Promise<void> {
    const { db, budgetsOf, priceOf, log } = this.#parts
    const budgets = budgetsOf(run.project)
    if (budgets.length === 0) return
    try {
      const own = run.state.usage ? [modelTokens(run.request.model, run.state.usage)] : []
      const spender = { threadId: run.thread_id, run: own, hasEnded: true }
      await this.#tell(await spentOf(db, budgets, spender, priceOf), run)
    } catch (error) {
      log('error', 'budgets were not looked at after a run', { run: run.id, ...describeError(error) })
    }
  }

  /** The budgets of a month that stop runs. Those of a thread and a run need no holds: a thread has one run at a time. */
  #limitsOf(project: string): BudgetRecord[] {
    return this.#parts
      .budgetsOf(project)
      .filter(({ scope, action }) => scope === 'project' && action === 'stop')
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }

  async #hold(work: RunWork, turn: ModelTokens): Promise<void> {
    const { db } = this.#parts
    const before = work.waitingFor
    let waiting: ReturnType<typeof work.timeline.begin> | undefined
    for (;;) {
      if (work.signal.aborted) throw work.signal.reason
      // They may have been changed while the turn has waited.
      const limits = this.#limitsOf(work.run.project)
      this.#tellUnpriced(turn.model, limits)
      if (limits.length === 0) break
      const outcome = await db.write((tx) => this.#tryHold(tx, work.run, limits, turn), 'committed')
      if (outcome === 'held') break
      if (outcome !== 'wait') throw new RunFailure('rate_limit_exceeded', quotaText(outcome))
      waiting ??= work.timeline.begin('retry', { error: `The run waits until ${waitsFor.budget}.` })
      work.waitingFor = waitsFor.budget
      await sleep(pollIntervalMs, undefined, { signal: work.signal }).catch(() => {
        throw work.signal.reason
      })
    }
    waiting?.end()
    if (before !== undefined) work.waitingFor = before
  }

  /** Returns the budget that is used up, if there is one. */
  async #tryHold(
    tx: Transaction,
    { id, project }: StoredRun,
    limits: BudgetRecord[],
    turn: ModelTokens,
  ): Promise<'held' | 'wait' | SpentBudget> {
    const { priceOf } = this.#parts
    const month = monthOf(nowSeconds())
    await tx.lock('budgets', ...limits.map((limit) => limit.id))
    for (const budget of limits) {
      const amount = (used: ModelTokens[]) => amountIn(budget, used, priceOf)
      const used = amount(await usedInMonth(tx, budget.project, month))
      if (isSpent({ budget, used })) return { budget, used }
      const others = (await holdsOf(tx, budget.project)).filter(({ run_id }) => run_id !== id)
      if (!mayBegin(budget, used, { own: amount([turn]), others, amount })) {
        // What it has held for its last turn is counted by now, and two that wait must not wait for each other.
        await release(tx, id)
        return 'wait'
      }
    }
    await hold(tx, { run_id: id, project, answered: 0, ...turn })
    return 'held'
  }

  /** Each budget is told of once a month, and one of threads or runs once for each of them. */
  async #tell(spent: SpentBudget[], run: StoredRun): Promise<void> {
    const month = monthOf(nowSeconds()).start
    for (const one of spent) {
      const { budget } = one
      if (!isSpent(one)) continue
      const subject = { project: '', thread: run.thread_id ?? '', run: run.id }[budget.scope]
      const key = JSON.stringify([budget.id, budget.threshold, month, subject])
      if (this.#told.has(key)) continue
      if (this.#told.size >= maxTold) this.#told.clear()
      await this.#tellOf(one, { month, subject, project: run.project })
      this.#told.add(key)
    }
  }

  async #tellOf(
    { budget, used }: SpentBudget,
    { month, subject, project }: { month: number; subject: string; project: string },
  ): Promise<void> {
    const { db, log } = this.#parts
    const { id, scope, action, unit, threshold, currency, channel } = budget
    const about = {
      budget_id: id,
      project_id: budget.project === '' ? null : budget.project,
      scope,
      threshold_tokens: unit === 'tokens' ? threshold : null,
      used_tokens: unit === 'tokens' ? used : null,
      threshold_amount: unit === 'cents' ? threshold : null,
      used_amount: unit === 'cents' ? used : null,
      currency: unit === 'cents' ? currency : null,
      month_start: month,
      thread_id: scope === 'thread' ? subject : null,
      run_id: scope === 'run' ? subject : null,
    }
    const isFirst = await db.write(async (tx) => {
      if (!(await tellOnce(tx, { budget: id, month, subject }))) return false
      // What all projects have used is told to whoever runs the server, whose own project is the first one.
      const to = budget.project === '' ? defaultProject : project
      const data = { ...about, ...(channel && { notification_channel: channel }) }
      if (action === 'alert') enqueueWebhook(tx, to, { type: 'budget.soft_limit_reached', data })
      return true
    })
    const fact = action === 'stop' ? 'a budget is used up and stops runs' : 'a budget is used up'
    if (isFirst) log('warn', fact, about)
  }

  #tellUnpriced(model: string, limits: BudgetRecord[]): void {
    if (this.#unpriced.has(model) || !limits.some(({ unit }) => unit === 'cents')) return
    if (this.#parts.priceOf(model)) return
    if (this.#unpriced.size < maxTold) this.#unpriced.add(model)
    this.#parts.log('warn', 'a model has no price, so no budget of money counts it', { model })
  }
}

/** How much of what was told is remembered, so that memory does not grow for ever. */
const maxTold = 10_000

interface Beside {
  own: number
  others: Hold[]
  amount: (used: ModelTokens[]) => number
}

/** Whether a turn may begin beside the others, of which no two may exceed the budget together. */
function mayBegin({ threshold }: BudgetRecord, used: number, { own, others, amount }: Beside): boolean {
  if (own === 0 || used + amount(others) + own <= threshold) return true
  // Those that were answered are not counted as used yet.
  const [answered, asking] = [
    others.filter((one) => one.answered === 1),
    others.filter((one) => one.answered === 0),
  ]
  return asking.length === 0 && used + amount(answered) < threshold
}

const modelTokens = (model: string, usage: RunUsage): ModelTokens => ({ model, ...tokensOf(usage) })
