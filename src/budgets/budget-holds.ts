import { setTimeout as sleep } from 'node:timers/promises'
import { monthOf, nowSeconds } from '../common/clock.ts'
import type { BudgetRecord, SpentBudget } from '../contract/budgets.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import type { Log } from '../common/log.ts'
import { hold, holdsOf, release, type Hold } from '../store/usage/budget-holds.ts'
import type { BudgetsOf } from '../store/usage/budgets.ts'
import type { Database, Transaction } from '../store/database.ts'
import { amountIn, isSpent, usedInMonth, type PriceOf } from '../store/usage/spending.ts'

/** How often what waits for others looks again, in milliseconds. */
const pollIntervalMs = 200
/** How many models are remembered of which the log was told. */
const maxUnpriced = 10_000

export interface BudgetParts {
  db: Database
  budgetsOf: BudgetsOf
  priceOf: PriceOf
  log: Log
}

/** A turn of a run, or a completion, by the id of either. */
export interface Holder {
  id: string
  project: string
}

interface Holding {
  signal: AbortSignal
  /** The answer is under way and becomes longer than was held for it. */
  grows?: boolean
  /** Called while it has to wait for others. */
  waits?: () => void
}

/**
 * Holds what is under way to the budgets of a month, so that all together exceed one by one answer at most. What may be used
 * has to fit beside what others hold. What does not fit begins when it is the only one, and an answer that outgrows what it
 * holds waits until no other exceeds the budget.
 */
export class BudgetHolds {
  #parts: BudgetParts
  /** Models without a price, of which the log was told. */
  #unpriced = new Set<string>()

  constructor(parts: BudgetParts) {
    this.#parts = parts
  }

  /** The budgets of a month that stop what is under way. Those of a thread and a run need no holds: a thread has one run at a time. */
  limitsOf(project: string): BudgetRecord[] {
    return this.#parts
      .budgetsOf(project)
      .filter(({ scope, action }) => scope === 'project' && action === 'stop')
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Resolves when it is held, or with the budget that is used up. Rejects with the reason of the signal. */
  async hold(
    holder: Holder,
    turn: ModelTokens,
    { signal, grows = false, waits }: Holding,
  ): Promise<SpentBudget | undefined> {
    for (;;) {
      if (signal.aborted) throw signal.reason
      // They may have been changed while it has waited.
      const limits = this.limitsOf(holder.project)
      this.#tellUnpriced(turn.model, limits)
      if (limits.length === 0) return undefined
      const outcome = await this.#parts.db.write(
        (tx) => this.#tryHold(tx, holder, { limits, turn, grows }),
        'committed',
      )
      if (outcome === 'held') return undefined
      if (outcome !== 'wait') return outcome
      waits?.()
      await sleep(pollIntervalMs, undefined, { signal }).catch(() => {
        throw signal.reason
      })
    }
  }

  async #tryHold(
    tx: Transaction,
    { id, project }: Holder,
    { limits, turn, grows }: { limits: BudgetRecord[]; turn: ModelTokens; grows: boolean },
  ): Promise<'held' | 'wait' | SpentBudget> {
    const { priceOf } = this.#parts
    const month = monthOf(nowSeconds())
    await tx.lock('budgets', ...limits.map((limit) => limit.id))
    let exceeds: 0 | 1 = 0
    for (const budget of limits) {
      const amount = (used: ModelTokens[]) => amountIn(budget, used, priceOf)
      const holds = await holdsOf(tx, budget.project)
      const others = holds.filter(({ run_id }) => run_id !== id)
      const mayExceed = grows && others.length < holds.length && holds.some(isExceeding(id))
      const used = amount(await usedInMonth(tx, budget.project, month))
      if (!mayExceed && isSpent({ budget, used })) return { budget, used }
      const room = mayExceed ? 'alone' : roomFor(budget, used, { own: amount([turn]), others, grows, amount })
      if (room === 'none') {
        // What a run has held for its last turn is counted by now, and two that wait must not wait for each other.
        if (!grows) await release(tx, id)
        return 'wait'
      }
      if (room === 'alone') exceeds = 1
    }
    await hold(tx, { run_id: id, project, answered: 0, exceeds, ...turn })
    return 'held'
  }

  #tellUnpriced(model: string, limits: BudgetRecord[]): void {
    if (this.#unpriced.has(model) || !limits.some(({ unit }) => unit === 'cents')) return
    if (this.#parts.priceOf(model)) return
    if (this.#unpriced.size < maxUnpriced) this.#unpriced.add(model)
    this.#parts.log('warn', 'a model has no price, so no budget of money counts it', { model })
  }
}

const isExceeding = (id: string) => (one: Hold) => one.run_id === id && Number(one.exceeds) === 1

interface Beside {
  own: number
  others: Hold[]
  grows: boolean
  amount: (used: ModelTokens[]) => number
}

/** Whether it fits beside the others, or may exceed the budget because it is the only one that does. */
function roomFor(
  { threshold }: BudgetRecord,
  used: number,
  { own, others, grows, amount }: Beside,
): 'fits' | 'alone' | 'none' {
  if (own === 0 || used + amount(others) + own <= threshold) return 'fits'
  // Those that were answered are not counted as used yet.
  const answered = others.filter((one) => Number(one.answered) === 1)
  const asking = others.filter((one) => Number(one.answered) === 0)
  const inTheWay = grows ? asking.filter((one) => Number(one.exceeds) === 1) : asking
  return inTheWay.length === 0 && used + amount(answered) < threshold ? 'alone' : 'none'
}
