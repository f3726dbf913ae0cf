import { z } from 'zod'
import { integer, nonEmptyText } from './limits.ts'
import { object } from './objects.ts'

/**
 * How much may be used: by a project (or with `project` '' by all of them) in a month of UTC, by a thread, or by a run. When
 * that is used up, `stop` lets nothing more begin, and `alert` tells of it once.
 */
export interface BudgetRecord {
  seq: number
  id: string
  project: string
  /** By which resource it is read and written. */
  kind: 'spend_limit' | 'spend_alert' | 'budget'
  scope: 'project' | 'thread' | 'run'
  unit: 'tokens' | 'cents'
  threshold: number
  action: 'stop' | 'alert'
  /** Of money, as in USD, and otherwise ''. */
  currency: string
  created_at: number
  /** Of a spend alert: who is to be told. Null for others. */
  channel: NotificationChannel | null
}

/** How much of a budget is used, in its unit. */
export interface SpentBudget {
  budget: BudgetRecord
  used: number
}

export interface NotificationChannel {
  type: 'email'
  recipients: string[]
  subject_prefix: string | null
}

/** More is no limit to anybody. */
const maxThreshold = 1e15
const threshold = integer(1, maxThreshold)

/** As in the original: it has only these two. */
const inMonth = { currency: z.string(), interval: z.enum(['month']) }

export const spendLimitRequest = object({ ...inMonth, threshold_amount: threshold })
export type SpendLimitRequest = z.output<typeof spendLimitRequest>

export interface SpendLimit {
  object: 'organization.spend_limit' | 'project.spend_limit'
  currency: string
  interval: 'month'
  /** In cents. */
  threshold_amount: number
  enforcement: { status: 'inactive' | 'enforcing' }
}

export const spendAlertRequest = object({
  ...inMonth,
  threshold_amount: integer(0, maxThreshold),
  notification_channel: object({
    type: z.enum(['email']),
    recipients: z.array(nonEmptyText(320)).max(100),
    subject_prefix: z.string().max(256).nullish(),
  }),
})
export type SpendAlertRequest = z.output<typeof spendAlertRequest>

export interface SpendAlert {
  id: string
  object: 'organization.spend_alert' | 'project.spend_alert'
  currency: string
  interval: 'month'
  threshold_amount: number
  notification_channel: NotificationChannel
}

export const toSpendAlert = ({
  id,
  project,
  threshold: amount,
  currency,
  channel,
}: BudgetRecord): SpendAlert => ({
  id,
  object: project === '' ? 'organization.spend_alert' : 'project.spend_alert',
  currency,
  interval: 'month',
  threshold_amount: amount,
  notification_channel: channel ?? { type: 'email', recipients: [], subject_prefix: null },
})

/** One of the two thresholds is given. */
export const createBudgetRequest = object({
  scope: z.enum(['project', 'thread', 'run']),
  action: z.enum(['stop', 'alert']).default('stop'),
  threshold_tokens: threshold.nullish(),
  threshold_amount: threshold.nullish(),
})
export type CreateBudgetRequest = z.output<typeof createBudgetRequest>

export const modifyBudgetRequest = object({ threshold })
export type ModifyBudgetRequest = z.output<typeof modifyBudgetRequest>

/** An addition to the original, for tokens, and for what a thread or a run may use. */
export interface Budget {
  id: string
  object: 'project.budget'
  created_at: number
  project_id: string
  scope: BudgetRecord['scope']
  /** `month` for what a project may use, and otherwise null. */
  interval: 'month' | null
  action: BudgetRecord['action']
  threshold_tokens: number | null
  /** In cents. */
  threshold_amount: number | null
  currency: string | null
}

export const toBudget = ({
  id,
  created_at,
  project,
  scope,
  action,
  unit,
  threshold: value,
  currency,
}: BudgetRecord): Budget => ({
  id,
  object: 'project.budget',
  created_at,
  project_id: project,
  scope,
  interval: scope === 'project' ? 'month' : null,
  action,
  threshold_tokens: unit === 'tokens' ? value : null,
  threshold_amount: unit === 'cents' ? value : null,
  currency: unit === 'cents' ? currency : null,
})

/** What is used of a budget of a month, whichever resource it is of. An addition to the original. */
export interface BudgetUsage {
  object: 'organization.usage.budget.result'
  /** Null for one of the whole organization. */
  project_id: string | null
  action: BudgetRecord['action']
  threshold_tokens: number | null
  used_tokens: number | null
  /** In cents. */
  threshold_amount: number | null
  used_amount: number | null
  currency: string | null
  /** The month, in Unix seconds. */
  start_time: number
  end_time: number
}

export const toSpendLimit = ({ budget, used }: SpentBudget): SpendLimit => ({
  object: budget.project === '' ? 'organization.spend_limit' : 'project.spend_limit',
  currency: budget.currency,
  interval: 'month',
  threshold_amount: budget.threshold,
  enforcement: { status: used >= budget.threshold ? 'enforcing' : 'inactive' },
})

/** `month` is in Unix seconds. */
export function toBudgetUsage(
  { budget, used }: SpentBudget,
  month: { start: number; end: number },
): BudgetUsage {
  const { project, action, unit, threshold: value, currency } = budget
  const [tokens, cents] = [unit === 'tokens', unit === 'cents']
  return {
    object: 'organization.usage.budget.result',
    project_id: project === '' ? null : project,
    action,
    threshold_tokens: tokens ? value : null,
    used_tokens: tokens ? used : null,
    threshold_amount: cents ? value : null,
    used_amount: cents ? used : null,
    currency: cents ? currency : null,
    start_time: month.start,
    end_time: month.end,
  }
}
