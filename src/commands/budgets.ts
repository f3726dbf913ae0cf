import { columns, connectAdmin, findProject } from './admin-api.ts'
import { ApiRefusal, pages, type ApiClient } from './api.ts'
import { CommandFailure, UsageError, type CommandContext, type Given } from './command.ts'

/** A budget, or the spend limit of a project, which has no id. */
interface Listed {
  id: string | null
  scope: string
  action: string
  threshold_tokens: number | null
  threshold_amount: number | null
  currency: string | null
}

/**
 * `threadmill projects budgets PROJECT`: lists what a project may use, after it has set or removed what the options say.
 */
export async function projectBudgets(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const [tokens, cents] = [countOf(given, 'tokens'), countOf(given, 'cents')]
  const removed = given.option('remove')
  if ([tokens, cents, removed].filter((one) => one !== undefined).length > 1)
    throw new UsageError('--tokens, --cents and --remove are one at a time')
  if (
    (given.flag('alert') || given.option('scope') !== undefined) &&
    tokens === undefined &&
    cents === undefined
  )
    throw new UsageError('--alert and --scope say of what --tokens or --cents is')
  const api = connectAdmin(context)
  const { id } = await findProject(api, given.parameter('PROJECT'))
  const path = `/organization/projects/${id}`
  const scope = given.option('scope') ?? 'project'
  const action = given.flag('alert') ? 'alert' : 'stop'
  if (tokens !== undefined) await api.post(`${path}/budgets`, { scope, action, threshold_tokens: tokens })
  if (cents !== undefined) await setCents(api, path, { scope, action, cents })
  if (removed !== undefined)
    await api.remove(
      removed === 'spend_limit' ? `${path}/spend_limit` : `${path}/budgets/${encodeURIComponent(removed)}`,
    )
  const budgets = await budgetsOf(api, path)
  if (given.flag('json')) output.json(budgets)
  else {
    const rows = budgets.map((one) => [
      one.id ?? 'spend_limit',
      one.scope,
      one.action,
      one.threshold_tokens === null
        ? `${((one.threshold_amount ?? 0) / 100).toFixed(2)} ${one.currency}`
        : `${one.threshold_tokens} tokens`,
    ])
    for (const line of columns([['ID', 'OF', 'ACTION', 'MAY USE'], ...rows])) output.print(line)
  }
  return 0
}

function countOf(given: Given, name: 'tokens' | 'cents'): number | undefined {
  const value = given.option(name)
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(value))
    throw new UsageError(`--${name} is "${value}"; it must be a whole number`)
  return Number(value)
}

/** What a project may spend in a month is a resource of its own, which has no action. */
async function setCents(
  api: ApiClient,
  path: string,
  { scope, action, cents }: { scope: string; action: string; cents: number },
): Promise<void> {
  if (scope !== 'project')
    return void (await api.post(`${path}/budgets`, { scope, action, threshold_amount: cents }))
  if (action === 'alert')
    throw new CommandFailure(
      'an alert of what a project spends needs recipients: see spend_alerts of the API',
    )
  const { currency } = await spendLimitOf(api, path).then((limit) => limit ?? { currency: 'USD' })
  await api.post(`${path}/spend_limit`, { currency, interval: 'month', threshold_amount: cents })
}

async function budgetsOf(api: ApiClient, path: string): Promise<Listed[]> {
  const limit = await spendLimitOf(api, path)
  const budgets: Listed[] = limit
    ? [{ id: null, scope: 'project', action: 'stop', threshold_tokens: null, ...limit }]
    : []
  for await (const one of pages<Listed & { id: string }>(api, `${path}/budgets?limit=100&order=asc`)) {
    const { id, scope, action, threshold_tokens, threshold_amount, currency } = one
    budgets.push({ id, scope, action, threshold_tokens, threshold_amount, currency })
  }
  return budgets
}

/** Undefined when the project has none. */
async function spendLimitOf(api: ApiClient, path: string) {
  try {
    const { threshold_amount, currency } = await api.get<{ threshold_amount: number; currency: string }>(
      `${path}/spend_limit`,
    )
    return { threshold_amount, currency }
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return undefined
    throw error
  }
}
