import { monthOf, nowSeconds } from '../../common/clock.ts'
import type { BudgetRecord, SpentBudget } from '../../contract/budgets.ts'
import { costOf } from '../../contract/costs.ts'
import type { ModelTokens } from '../../contract/response-chain.ts'
import type { Price } from '../../contract/models.ts'
import type { Reader, Transaction } from '../database.ts'

/** What the tokens of a model cost. Undefined where that is not known: then only its tokens count. */
export type PriceOf = (model: string) => Price | undefined

const sums = `sum(input_tokens) as input_tokens, sum(cached_tokens) as cached_tokens,
  sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens`
export const tokenColumns = 'model, input_tokens, cached_tokens, output_tokens, reasoning_tokens'

/** What a project, or with '' all of them, has used in the month of UTC that begins at `start` (Unix seconds). */
export const usedInMonth = (
  db: Reader,
  project: string,
  { start, end }: { start: number; end: number },
): Promise<ModelTokens[]> => {
  const ofProject = project === '' ? '1 = 1' : 'project = ?'
  const values = project === '' ? [] : [project]
  return db.all<ModelTokens>(
    `select model, ${sums} from (
       select ${tokenColumns} from usage_months where month = ? and ${ofProject}
       union all
       select ${tokenColumns} from usage_entries where ${ofProject} and minute between ? and ?
     ) as used group by model`,
    start,
    ...values,
    ...values,
    start,
    end - 1,
  )
}

/** Adds to what was used of a model in the month of UTC that begins at `month` (Unix seconds). */
export const addToMonth = (
  tx: Transaction,
  { month, project, ...used }: ModelTokens & { month: number; project: string },
): void =>
  tx.send(
    `insert into usage_months (month, project, ${tokenColumns}) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (month, project, model) do update set
       input_tokens = usage_months.input_tokens + excluded.input_tokens,
       cached_tokens = usage_months.cached_tokens + excluded.cached_tokens,
       output_tokens = usage_months.output_tokens + excluded.output_tokens,
       reasoning_tokens = usage_months.reasoning_tokens + excluded.reasoning_tokens`,
    month,
    project,
    ...valuesOf(used),
  )

/** What the ended runs of a thread have used, and what was used before by those that it is a copy of. */
export const usedInThread = (db: Reader, threadId: string): Promise<ModelTokens[]> =>
  db.all<ModelTokens>(`select ${tokenColumns} from usage_threads where thread_id = ?`, threadId)

/** The same of a thread of the project. Of other threads nothing is found. */
export const usedInOwnThread = (db: Reader, project: string, threadId: string): Promise<ModelTokens[]> =>
  db.all<ModelTokens>(
    `select ${tokenColumns} from usage_threads
     where thread_id = ? and exists (select 1 from threads where id = ? and project = ?)`,
    threadId,
    threadId,
    project,
  )

/** Adds to it, unless the thread was deleted. */
export const addToThread = (tx: Transaction, threadId: string, used: ModelTokens): void =>
  tx.send(
    `insert into usage_threads (thread_id, ${tokenColumns})
     select id, ?, ?, ?, ?, ? from threads where id = ? and removed = 0
     on conflict (thread_id, model) do update set
       input_tokens = usage_threads.input_tokens + excluded.input_tokens,
       cached_tokens = usage_threads.cached_tokens + excluded.cached_tokens,
       output_tokens = usage_threads.output_tokens + excluded.output_tokens,
       reasoning_tokens = usage_threads.reasoning_tokens + excluded.reasoning_tokens`,
    ...valuesOf(used),
    threadId,
  )

/** Lets a copy of a thread begin with what was used in the thread. */
export const copyThreadUsage = (tx: Transaction, from: string, to: string): void =>
  tx.send(
    `insert into usage_threads (thread_id, ${tokenColumns}) select ?, ${tokenColumns} from usage_threads where thread_id = ?`,
    to,
    from,
  )

/** In the order of `tokenColumns`. */
export const valuesOf = (used: ModelTokens) => [
  used.model,
  used.input_tokens,
  used.cached_tokens,
  used.output_tokens,
  used.reasoning_tokens,
]

/**
 * In the unit of the budget: tokens, or cents, where a model without a price costs nothing. A price in another currency is
 * none.
 */
export function amountIn(
  { unit, currency }: Pick<BudgetRecord, 'unit' | 'currency'>,
  used: ModelTokens[],
  priceOf: PriceOf,
): number {
  if (unit === 'tokens')
    return used.reduce((sum, one) => sum + Number(one.input_tokens) + Number(one.output_tokens), 0)
  const cents = used.reduce((sum, one) => {
    const price = priceOf(one.model)
    return price?.currency.toUpperCase() === currency ? sum + 100 * costOf(one, price) : sum
  }, 0)
  // Without the traces of binary fractions, which could keep a sum just below its threshold.
  return Math.round(cents * 1e6) / 1e6
}

/** What a budget is compared with: what is used in a thread and by a run, besides what is used in a project. */
export interface Spender {
  threadId?: string | null
  /** What was used before a response that is in no conversation, in the chain that it goes on with. */
  before?: readonly ModelTokens[] | undefined
  /** What a run has used so far. */
  run?: ModelTokens[]
  /** Whether that run has ended, so that its thread has counted it. */
  hasEnded?: boolean
}

/** How much of budgets is used now. Those of a thread or a run are left out where there is none. */
export async function spentOf(
  db: Reader,
  budgets: readonly BudgetRecord[],
  { threadId = null, before, run, hasEnded = false }: Spender,
  priceOf: PriceOf,
): Promise<SpentBudget[]> {
  const month = monthOf(nowSeconds())
  const read = new Map<string, Promise<ModelTokens[]>>()
  const once = (key: string, ask: () => Promise<ModelTokens[]>) => {
    const asked = read.get(key) ?? ask()
    read.set(key, asked)
    return asked
  }
  const usedOf = async ({ scope, project }: BudgetRecord): Promise<ModelTokens[] | undefined> => {
    if (scope === 'run') return run
    if (scope === 'project') return once(project, () => usedInMonth(db, project, month))
    if (threadId === null) return before && [...before, ...(run ?? [])]
    const ended = await once('of the thread', () => usedInThread(db, threadId))
    return hasEnded ? ended : [...ended, ...(run ?? [])]
  }
  const spent: SpentBudget[] = []
  for (const budget of budgets) {
    const used = await usedOf(budget)
    if (used) spent.push({ budget, used: amountIn(budget, used, priceOf) })
  }
  return spent
}

/** Whether all of a budget is used. */
export const isSpent = ({ budget, used }: SpentBudget): boolean => used >= budget.threshold
