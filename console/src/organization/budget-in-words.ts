import type { AnyBudget } from '../api/budgets.ts'
import { priceInWords } from '../parts/price-in-words.ts'
import { count } from '../parts/quantities.ts'

/** What a budget is for. */
export const scopes = { project: 'a month', thread: 'each thread', run: 'each run' }

/** `1,000 tokens each run`, or `$50.00 a month`. */
export function budgetInWords({ threshold, currency, scope }: AnyBudget): string {
  const amount = currency === null ? `${count(threshold)} tokens` : priceInWords(threshold / 100, currency)
  return `${amount} ${scopes[scope]}`
}
