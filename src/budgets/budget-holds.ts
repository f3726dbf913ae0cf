import { setTimeout as sleep } from 'node:timers/promises'
import { monthOf, nowSeconds } from '../common/clock.ts'
import type { BudgetRecord, SpentBudget } from '../contract/budgets.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import type { Log } from '../common/log.ts'
import { hold, holdsOf, holdStates, release, type Hold } from '../store/usage/budget-holds.ts'
import type { BudgetsOf } from '../store/usage/budgets.ts'
import type { Database, Transaction } from '../store/database.ts'
import { amountIn, isSpent, usedInMonth, valuesOf, type PriceOf } from '../store/usage/spending.ts'

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
  /** The part of it that was used before, and is not counted yet. It is held also while the rest has to wait. */
  uncounted?: ModelTokens | undefined
  /** The answer is under way and becomes longer than was held for it. */
  grows?: boolean
  /** Called while it has to wait for others. */
  waits?: () => void
}

interface Asking extends Required<Pick<Holding, 'uncounted' | 'grows'>> {
  limits: BudgetRecord[]
  turn: ModelTokens
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
    { signal, uncounted, grows = false, waits }: Holding,
  ): Promise<SpentBudget | undefined> {
    for (;;) {
      if (signal.aborted) throw signal.reason
      // They may have been changed while it has waited.
      const limits = this.limitsOf(holder.project)
      this.#tellUnpriced(turn.model, limits)
      if (limits.length === 0) return undefined
      const outcome = await this.#parts.db.write(
        (tx) => this.#tryHold(tx, holder, { limits, turn, uncounted, grows }),
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
    { limits, turn, uncounted, grows }: Asking,
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
      const own = uncounted ? amount([uncounted]) : 0
      const counted = amount(await usedInMonth(tx, budget.project, month))
      const used = counted + own + amount(others.filter(isIn('waits')))
      if (!mayExceed && isSpent({ budget, used })) return { budget, used }
      const beside = { more: amount([turn]) - own, others, grows, amount }
      const room = mayExceed ? 'alone' : roomFor(budget, used, beside)
      if (room === 'none') {
        if (!grows)
          await holdUsed(
            tx,
            { id, project },
            uncounted,
            holds.find(({ run_id }) => run_id === id),
          )
        return 'wait'
      }
      if (room === 'alone') exceeds = 1
    }
    await hold(tx, { run_id: id, project, answered: holdStates.asks, exceeds, ...turn })
    return 'held'
  }

  #tellUnpriced(model: string, limits: BudgetRecord[]): void {
    if (this.#unpriced.has(model) || !limits.some(({ unit }) => unit === 'cents')) return
    if (this.#parts.priceOf(model)) return
    if (this.#unpriced.size < maxUnpriced) this.#unpriced.add(model)
    this.#parts.log('warn', 'a model has no price, so no budget of money counts it', { model })
  }
}

/**
 * What a run has held for its last turn is counted by now, and two that wait must not wait for each other. It is written when it
 * begins to wait, and not each time it looks again.
 */
async function holdUsed(tx: Transaction, { id, project }: Holder, used: ModelTokens | undefined, own?: Hold) {
  if (!used) await release(tx, id)
  else if (!own || !isIn('waits')(own) || String(valuesOf(own)) !== String(valuesOf(used)))
    await hold(tx, { run_id: id, project, answered: holdStates.waits, exceeds: 0, ...used })
}

const isIn = (state: keyof typeof holdStates) => (one: Hold) => Number(one.answered) === holdStates[state]
const isExceeding = (id: string) => (one: Hold) => one.run_id === id && Number(one.exceeds) === 1

interface Beside {
  /** What it asks for, besides what it has used. */
  more: number
  others: Hold[]
  grows: boolean
  amount: (used: ModelTokens[]) => number
}

/**
 * Whether it fits beside the others, or may exceed the budget because it is the only one that does. What those that wait have
 * used is in `used`: it is not counted before they go on.
 */
function roomFor(
  { threshold }: BudgetRecord,
  used: number,
  { more, others, grows, amount }: Beside,
): 'fits' | 'alone' | 'none' {
  const asking = others.filter(isIn('asks'))
  // What they have used is counted as soon as their calls have ended.
  const calling = others.filter(isIn('calls'))
  if (more === 0 || used + amount([...asking, ...calling]) + more <= threshold) return 'fits'
  const inTheWay = grows ? asking.filter((one) => Number(one.exceeds) === 1) : asking
  return inTheWay.length === 0 && used + amount(calling) < threshold ? 'alone' : 'none'
}
