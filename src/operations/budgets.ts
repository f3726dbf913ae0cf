import { monthOf, nowSeconds } from '../common/clock.ts'
import {
  budgetOfMoney,
  insufficientQuota,
  needsPrices,
  oneThreshold,
  otherCurrency,
} from '../errors/budget-errors.ts'
import {
  toBudget,
  toBudgetUsage,
  type Budget,
  type BudgetRecord,
  type BudgetUsage,
  type CreateBudgetRequest,
  type ModifyBudgetRequest,
} from '../contract/budgets.ts'
import { notFound } from '../errors/errors.ts'
import { newBudgetId } from '../common/ids.ts'
import * as rows from '../store/usage/budgets.ts'
import type { Reader, Transaction } from '../store/database.ts'
import type { PageQuery } from '../store/page.ts'
import { responseById } from '../store/responses.ts'
import { isSpent, spentOf, type Spender } from '../store/usage/spending.ts'
import { hasThread } from '../store/threads.ts'
import { audit } from './audit-logs.ts'
import type { Context, ModelPricing } from './context.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'
import { chainAfter } from './response-chain.ts'
import type { UsageScope } from './usage-buckets.ts'

/** The currency of budgets of money. */
export function currencyOf({ currency }: ModelPricing, given?: string): string {
  if (currency === undefined) throw needsPrices()
  const known = currency.toUpperCase()
  if (given !== undefined && given !== known) throw otherCurrency(given, known)
  return known
}

export const createBudget = (
  ctx: OrganizationContext,
  project: string,
  { scope, action, threshold_tokens: tokens, threshold_amount: cents }: CreateBudgetRequest,
): Promise<Budget> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, project)
    const threshold = tokens ?? cents
    if (threshold == null || (tokens != null && cents != null)) throw oneThreshold()
    if (scope === 'project' && cents != null) throw budgetOfMoney()
    const budget: BudgetRecord = {
      seq: 0,
      id: newBudgetId(),
      project,
      kind: 'budget',
      scope,
      unit: tokens != null ? 'tokens' : 'cents',
      threshold,
      action,
      currency: tokens != null ? '' : currencyOf(ctx.catalog),
      created_at: nowSeconds(),
      channel: null,
    }
    await addBudget(tx, ctx, budget)
    return toBudget(budget)
  })

export async function listBudgets(
  ctx: OrganizationContext,
  project: string,
  query: PageQuery,
): Promise<List<Budget>> {
  await findProject(ctx.db, project)
  return toListPage(await rows.listBudgets(ctx.db, { project, kind: 'budget' }, query), toBudget)
}

export async function retrieveBudget(ctx: OrganizationContext, project: string, id: string): Promise<Budget> {
  await findProject(ctx.db, project)
  return toBudget(await findBudget(ctx.db, project, id))
}

export const modifyBudget = (
  ctx: OrganizationContext,
  project: string,
  id: string,
  { threshold }: ModifyBudgetRequest,
): Promise<Budget> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, project)
    const budget = await findBudget(tx, project, id)
    return toBudget(await changeBudget(tx, ctx, budget, { threshold }))
  })

export const deleteBudget = (ctx: OrganizationContext, project: string, id: string) =>
  ctx.db.write(async (tx) => {
    await findProject(tx, project)
    await removeBudget(tx, ctx, await findBudget(tx, project, id))
    return { id, object: 'project.budget.deleted' as const, deleted: true }
  })

async function findBudget(db: Reader, project: string, id: string): Promise<BudgetRecord> {
  const budget = await rows.getBudget(db, { project, kind: 'budget' }, id)
  if (!budget) throw notFound('budget', id)
  return budget
}

export async function addBudget(
  tx: Transaction,
  ctx: OrganizationContext,
  budget: BudgetRecord,
): Promise<void> {
  await rows.insertBudget(tx, budget)
  await auditBudget(tx, ctx, budget, 'created')
}

/** With another threshold it is another budget, of which may be told again. */
export async function changeBudget(
  tx: Transaction,
  ctx: OrganizationContext,
  budget: BudgetRecord,
  change: Partial<Pick<BudgetRecord, 'threshold' | 'currency' | 'channel'>>,
): Promise<BudgetRecord> {
  const changed = { ...budget, ...change }
  await rows.updateBudget(tx, changed)
  if (changed.threshold !== budget.threshold) await rows.forgetAlerts(tx, budget.id)
  await auditBudget(tx, ctx, changed, 'updated')
  return changed
}

export async function removeBudget(
  tx: Transaction,
  ctx: OrganizationContext,
  budget: BudgetRecord,
): Promise<void> {
  await rows.deleteBudget(tx, budget.id)
  await auditBudget(tx, ctx, budget, 'deleted')
}

/** It also lets every server know of the change. */
const auditBudget = (
  tx: Transaction,
  ctx: OrganizationContext,
  { id, project, kind, scope, unit, threshold, action }: BudgetRecord,
  how: 'created' | 'updated' | 'deleted',
) =>
  audit(tx, ctx, {
    type: `${kind}.${how}`,
    project,
    resource: id,
    body: how === 'deleted' ? {} : { data: { scope, unit, threshold, action } },
  })

/** What is used of the budgets of this month: of a project, or with an admin key of all and of the organization. */
export async function budgetsUsage({
  db,
  catalog,
  project,
}: UsageScope): Promise<{ object: 'list'; data: BudgetUsage[] }> {
  const all = await rows.allBudgets(db)
  const asked = all.filter(
    (one) => one.scope === 'project' && (project === undefined || one.project === project),
  )
  const month = monthOf(nowSeconds())
  const spent = await spentOf(db, asked, {}, (model) => catalog.priceOf(model))
  return { object: 'list', data: spent.map((one) => toBudgetUsage(one, month)) }
}

/** What a caller goes on with: a thread, or a response. */
interface Asked {
  thread?: string | null
  previous?: string | undefined
}

/** Refuses a new run where a budget is used up that stops runs. */
export async function refuseSpentBudget(ctx: Context, asked: Asked = {}): Promise<void> {
  const budgets = ctx
    .budgetsOf(ctx.project)
    .filter(({ action, scope }) => action === 'stop' && scope !== 'run')
  if (budgets.length === 0) return
  const spender = budgets.some(({ scope }) => scope === 'thread') ? await spenderOf(ctx, asked) : {}
  const spent = await spentOf(ctx.db, budgets, spender, (model) => ctx.catalog.priceOf(model))
  const over = spent.find(isSpent)
  if (over) throw insufficientQuota(over)
}

/** Of what is not in the project of the caller nothing is said. */
async function spenderOf({ db, project }: Context, { thread, previous }: Asked): Promise<Spender> {
  if (thread != null) return (await hasThread(db, project, thread)) ? { threadId: thread } : {}
  const response = previous === undefined ? undefined : await responseById(db, project, previous)
  return response ? { before: (await chainAfter(db, response)).used } : {}
}
