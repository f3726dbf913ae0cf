import { insufficientQuota } from '../errors/budget-errors.ts'
import type { CompletionBudgets, CompletionPlan, HeldCompletion } from '../operations/completion-budgets.ts'
import { newChatCompletionId } from '../common/ids.ts'
import { tooManyAtOnce } from '../errors/limit-errors.ts'
import { describeError } from '../common/log.ts'
import { oneAtATime } from '../common/one-at-a-time.ts'
import {
  insertCompletion,
  removeCompletion,
  renewCompletions,
  renewEveryMs,
} from '../store/usage/completions-under-way.ts'
import type { Limits } from '../store/usage/limits.ts'
import { hasRunLimit, reachedRunLimit } from '../store/run-places.ts'
import { isSpent, spentOf } from '../store/usage/spending.ts'
import { BudgetAlerts } from './budget-alerts.ts'
import { BudgetHolds, type BudgetParts } from './budget-holds.ts'

/** How long after its caller has left a completion is waited for, in milliseconds, to be counted. */
const countsWithinMs = 1_000

interface Asking {
  project: string
  apiKey: string
}

/**
 * Completions that are under way in projects with a budget, or with a limit of runs at a time. Each has a row, which this server
 * renews: when the server is lost, it holds nothing any more.
 */
export class HeldCompletions implements CompletionBudgets {
  #parts: BudgetParts & { limits: () => Limits }
  #holds: BudgetHolds
  #alerts: BudgetAlerts
  #underWay = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #renew = oneAtATime(
    async () => {
      const ids = [...this.#underWay]
      if (ids.length > 0) await this.#parts.db.write((tx) => renewCompletions(tx, ids), 'committed')
      return false
    },
    (error) => this.#parts.log('warn', 'completions under way were not renewed', describeError(error)),
  )

  constructor(parts: BudgetParts & { limits: () => Limits }) {
    this.#parts = parts
    this.#holds = new BudgetHolds(parts)
    this.#alerts = new BudgetAlerts(parts)
  }

  async begin(of: Asking, plan: CompletionPlan, signal: AbortSignal): Promise<HeldCompletion> {
    const { limits, budgetsOf } = this.#parts
    const { project } = of
    const hasBudgets = budgetsOf(project).length > 0
    if (!hasBudgets && !hasRunLimit(limits(), project)) return unlimited
    if (hasBudgets) await this.#refuseSpent(project)
    const id = newChatCompletionId()
    await this.#insert(id, of)
    const left = () => void setTimeout(() => void end(), countsWithinMs).unref()
    // Its signal follows that of the server, which would keep every completion in memory that still listens to it.
    const end = () => {
      signal.removeEventListener('abort', left)
      return this.#end(id, project)
    }
    try {
      await this.#hold({ id, project }, plan, signal)
    } catch (error) {
      await end()
      throw error
    }
    signal.addEventListener('abort', left)
    let held = plan
    return {
      grow: async (tokens) => {
        held = { ...held, output_tokens: held.output_tokens + tokens }
        await this.#hold({ id, project }, held, signal, true)
      },
      release: (tx) => {
        removeCompletion(tx, id)
        tx.afterCommit(() => this.#underWay.delete(id), 'committed')
      },
      end,
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renew.close()
  }

  async #refuseSpent(project: string): Promise<void> {
    const spent = await this.#spent(project)
    await this.#alerts.tell(spent, { project, thread: null, run: null })
    const over = spent.find((one) => one.budget.action === 'stop' && isSpent(one))
    if (over) throw insufficientQuota(over)
  }

  #spent(project: string) {
    const { db, budgetsOf, priceOf } = this.#parts
    return spentOf(db, budgetsOf(project), {}, priceOf)
  }

  async #insert(id: string, { project, apiKey }: Asking): Promise<void> {
    const { db, limits } = this.#parts
    await db.write(async (tx) => {
      const reached = await reachedRunLimit(tx, limits(), { project, apiKey })
      if (reached) throw tooManyAtOnce(reached)
      await insertCompletion(tx, { id, project, api_key: apiKey })
    }, 'committed')
    this.#underWay.add(id)
    this.#timer ??= setInterval(this.#renew, renewEveryMs).unref()
  }

  async #hold(
    holder: { id: string; project: string },
    { model, input_tokens, output_tokens }: CompletionPlan,
    signal: AbortSignal,
    grows = false,
  ): Promise<void> {
    const tokens = { model, input_tokens, output_tokens, cached_tokens: 0, reasoning_tokens: 0 }
    const over = await this.#holds.hold(holder, tokens, { signal, grows })
    if (over) throw insufficientQuota(over)
  }

  async #end(id: string, project: string): Promise<void> {
    try {
      const isHeld = this.#underWay.delete(id)
      if (isHeld) await this.#parts.db.write((tx) => removeCompletion(tx, id), 'committed')
      if (this.#parts.budgetsOf(project).length > 0)
        await this.#alerts.tell(await this.#spent(project), { project, thread: null, run: null })
    } catch (error) {
      // It holds what it has held until nobody renews it any more.
      this.#parts.log('error', 'the end of a completion was not noted', describeError(error))
    }
  }
}

const unlimited: HeldCompletion = { grow: async () => {}, release() {}, end: async () => {} }
