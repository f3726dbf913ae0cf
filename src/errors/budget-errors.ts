import { ApiError, cut, invalid } from './errors.ts'

/** What somebody may use, and how much of it is used. Money is in cents. */
interface Spent {
  budget: {
    project: string
    kind: string
    scope: 'project' | 'thread' | 'run'
    unit: 'tokens' | 'cents'
    threshold: number
    currency: string
  }
  used: number
}

/** Who may use so much, and what has used it. */
const who = {
  organization: ['The projects of this server together may use', 'a month, and have used'],
  project: ['The project may use', 'a month, and has used'],
  thread: ['A thread may use', 'and this one has used'],
  run: ['A run may use', 'and this one has used'],
} as const

/** The words of the original, and then which budget it is. */
export function quotaText({ budget, used }: Spent): string {
  const { unit, currency } = budget
  const shown = (value: number) =>
    unit === 'tokens'
      ? `${Math.round(value).toLocaleString('en')} tokens`
      : `${(value / 100).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 })} ${currency}`
  const of = budget.scope === 'project' && budget.project === '' ? 'organization' : budget.scope
  const [may, has] = who[of]
  const comma = of === 'thread' || of === 'run' ? ',' : ''
  return `You exceeded your current quota, please check your plan and billing details. ${may} ${shown(budget.threshold)}${comma} ${has} ${shown(used)}.`
}

/** A spend limit has the codes of the original. Clients need not try again before the next month. */
export const insufficientQuota = (spent: Spent): ApiError =>
  new ApiError(429, quotaText(spent), {
    type: 'insufficient_quota',
    code: codeOf(spent.budget),
    headers: { 'x-should-retry': 'false' },
  })

const codeOf = ({ kind, project }: Spent['budget']) =>
  kind !== 'spend_limit'
    ? 'insufficient_quota'
    : project === ''
      ? 'organization_spend_limit_exceeded'
      : 'project_spend_limit_exceeded'

export const noSpendLimit = (of: string) => new ApiError(404, `No spend limit found for ${of}.`)

export const needsPrices = () =>
  invalid(
    "Budgets of money need 'prices' in the configuration file of this server: without them nothing has a cost. A budget in tokens needs none.",
    'threshold_amount',
    'prices_missing',
  )

export const otherCurrency = (given: string, known: string) =>
  invalid(
    `Invalid 'currency': the prices of this server are in '${known}', but got '${cut(given)}' instead.`,
    'currency',
    'invalid_value',
  )

export const budgetOfMoney = () =>
  invalid(
    "What a project may spend in a month is its 'spend_limit', and what tells of it a 'spend_alert': budgets of a project are in 'threshold_tokens'.",
    'threshold_amount',
  )

export const oneThreshold = () =>
  invalid("Expected one of 'threshold_tokens' and 'threshold_amount'.", 'threshold_tokens')
