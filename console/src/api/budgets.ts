import { queryOptions } from '@tanstack/react-query'
import OpenAI from 'openai'
import type { Budget, SpendAlert, SpendLimit } from '../../../src/contract/budgets.ts'
import { allOf } from './all-of.ts'

/** How much may be used of one thing, whichever of the three resources of the API says so. */
export interface AnyBudget {
  id: string
  scope: Budget['scope']
  action: Budget['action']
  /** Tokens, or cents. */
  threshold: number
  /** Null for tokens. */
  currency: string | null
  /** A spend alert as it is, which is changed as a whole. */
  alert?: SpendAlert
}

export type NewBudget = Omit<AnyBudget, 'id' | 'alert'>

/** The budgets of a project, whose path it is, or with `/organization` those of all projects together. */
export const budgetsOfQuery = (client: OpenAI, owner: string) =>
  queryOptions({
    queryKey: [owner, 'budgets'],
    async queryFn({ signal }): Promise<AnyBudget[]> {
      const [limits, alerts, budgets] = await Promise.all([
        spendLimitOf(client, owner, signal),
        allOf<SpendAlert>(client, `${owner}/spend_alerts`, { signal }),
        isOrganization(owner) ? [] : allOf<Budget>(client, `${owner}/budgets`, { signal }),
      ])
      return [...limits, ...alerts.map(ofAlert), ...budgets.map(ofBudget)]
    },
  })

export const isOrganization = (owner: string) => owner === '/organization'

/** In its place: there is one at most, and it has no id of its own. */
const spendLimitId = 'spend_limit'

async function spendLimitOf(client: OpenAI, owner: string, signal: AbortSignal): Promise<AnyBudget[]> {
  try {
    const limit = await client.get<SpendLimit>(`${owner}/spend_limit`, { signal })
    const { threshold_amount: threshold, currency } = limit
    return [{ id: spendLimitId, scope: 'project', action: 'stop', threshold, currency }]
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return []
    throw error
  }
}

const ofAlert = (alert: SpendAlert): AnyBudget => ({
  id: alert.id,
  scope: 'project',
  action: 'alert',
  threshold: alert.threshold_amount,
  currency: alert.currency,
  alert,
})

const ofBudget = ({
  id,
  scope,
  action,
  threshold_tokens,
  threshold_amount,
  currency,
}: Budget): AnyBudget => ({
  id,
  scope,
  action,
  threshold: threshold_tokens ?? threshold_amount ?? 0,
  currency,
})

/** Money of a month is a spend limit or a spend alert, as in the original. The rest is a budget. */
export function createBudget(client: OpenAI, owner: string, budget: NewBudget): Promise<unknown> {
  const { scope, action, threshold, currency } = budget
  if (currency === null || scope !== 'project') {
    const of = currency === null ? { threshold_tokens: threshold } : { threshold_amount: threshold }
    return client.post(`${owner}/budgets`, { body: { scope, action, ...of } })
  }
  const inMonth = { currency, interval: 'month', threshold_amount: threshold }
  return action === 'stop'
    ? client.post(`${owner}/spend_limit`, { body: inMonth })
    : client.post(`${owner}/spend_alerts`, {
        body: { ...inMonth, notification_channel: { type: 'email', recipients: [] } },
      })
}

export function changeBudget(
  client: OpenAI,
  owner: string,
  budget: AnyBudget,
  threshold: number,
): Promise<unknown> {
  const { id, currency, alert } = budget
  const inMonth = { currency, interval: 'month', threshold_amount: threshold }
  if (id === spendLimitId) return client.post(`${owner}/spend_limit`, { body: inMonth })
  if (alert)
    return client.post(pathOf(owner, budget), {
      body: { ...inMonth, notification_channel: alert.notification_channel },
    })
  return client.post(pathOf(owner, budget), { body: { threshold } })
}

export const removeBudget = (client: OpenAI, owner: string, budget: AnyBudget): Promise<unknown> =>
  client.delete(pathOf(owner, budget))

const pathOf = (owner: string, { id, alert }: AnyBudget): string =>
  id === spendLimitId
    ? `${owner}/spend_limit`
    : `${owner}/${alert ? 'spend_alerts' : 'budgets'}/${encodeURIComponent(id)}`
