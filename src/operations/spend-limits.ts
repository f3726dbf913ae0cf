import { nowSeconds } from '../common/clock.ts'
import { noSpendLimit } from '../errors/budget-errors.ts'
import {
  toSpendAlert,
  toSpendLimit,
  type BudgetRecord,
  type SpendAlert,
  type SpendAlertRequest,
  type SpendLimit,
  type SpendLimitRequest,
} from '../contract/budgets.ts'
import { defaultProject } from '../contract/projects.ts'
import { notFound } from '../errors/errors.ts'
import { newSpendAlertId, newSpendLimitId } from '../common/ids.ts'
import * as rows from '../store/usage/budgets.ts'
import type { Reader, Transaction } from '../store/database.ts'
import type { PageQuery } from '../store/page.ts'
import { spentOf } from '../store/usage/spending.ts'
import { addBudget, changeBudget, currencyOf, removeBudget } from './budgets.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'

/** What may be spent in a month, in a project or, with '', in all of them together. */

export async function retrieveSpendLimit(ctx: OrganizationContext, project: string): Promise<SpendLimit> {
  await findOwner(ctx.db, project)
  return show(ctx.db, ctx, await findLimit(ctx.db, project))
}

/** Makes one where there is none. */
export const updateSpendLimit = (
  ctx: OrganizationContext,
  project: string,
  { currency: given, threshold_amount: threshold }: SpendLimitRequest,
): Promise<SpendLimit> =>
  ctx.db.write(async (tx) => {
    const currency = currencyOf(ctx.catalog, given)
    await lockOwner(tx, project)
    const before = await rows.getSpendLimit(tx, project)
    if (before) return show(tx, ctx, await changeBudget(tx, ctx, before, { threshold, currency }))
    const limit = { ...inMonth(project, { threshold, currency }), id: newSpendLimitId() }
    const budget: BudgetRecord = { ...limit, kind: 'spend_limit', action: 'stop', channel: null }
    await addBudget(tx, ctx, budget)
    return show(tx, ctx, budget)
  })

export const deleteSpendLimit = (ctx: OrganizationContext, project: string) =>
  ctx.db.write(async (tx) => {
    await findOwner(tx, project)
    await removeBudget(tx, ctx, await findLimit(tx, project))
    return {
      object: `${project === '' ? 'organization' : 'project'}.spend_limit.deleted` as const,
      deleted: true,
    }
  })

async function show(db: Reader, ctx: OrganizationContext, budget: BudgetRecord): Promise<SpendLimit> {
  const [spent] = await spentOf(db, [budget], {}, (model) => ctx.catalog.priceOf(model))
  return toSpendLimit({ budget, used: spent?.used ?? 0 })
}

async function findLimit(db: Reader, project: string): Promise<BudgetRecord> {
  const limit = await rows.getSpendLimit(db, project)
  if (!limit) throw noSpendLimit(project === '' ? 'the organization' : `project '${project}'`)
  return limit
}

export const createSpendAlert = (
  ctx: OrganizationContext,
  project: string,
  { currency: given, threshold_amount: threshold, notification_channel }: SpendAlertRequest,
): Promise<SpendAlert> =>
  ctx.db.write(async (tx) => {
    const currency = currencyOf(ctx.catalog, given)
    await lockOwner(tx, project)
    const alert = { ...inMonth(project, { threshold, currency }), id: newSpendAlertId() }
    const channel = channelOf(notification_channel)
    const budget: BudgetRecord = { ...alert, kind: 'spend_alert', action: 'alert', channel }
    await addBudget(tx, ctx, budget)
    return toSpendAlert(budget)
  })

export async function listSpendAlerts(
  ctx: OrganizationContext,
  project: string,
  query: PageQuery,
): Promise<List<SpendAlert>> {
  await findOwner(ctx.db, project)
  return toListPage(await rows.listBudgets(ctx.db, { project, kind: 'spend_alert' }, query), toSpendAlert)
}

export async function retrieveSpendAlert(
  ctx: OrganizationContext,
  project: string,
  id: string,
): Promise<SpendAlert> {
  await findOwner(ctx.db, project)
  return toSpendAlert(await findAlert(ctx.db, project, id))
}

export const updateSpendAlert = (
  ctx: OrganizationContext,
  project: string,
  id: string,
  { currency: given, threshold_amount: threshold, notification_channel }: SpendAlertRequest,
): Promise<SpendAlert> =>
  ctx.db.write(async (tx) => {
    const currency = currencyOf(ctx.catalog, given)
    await lockOwner(tx, project)
    const channel = channelOf(notification_channel)
    const alert = await findAlert(tx, project, id)
    return toSpendAlert(await changeBudget(tx, ctx, alert, { threshold, currency, channel }))
  })

export const deleteSpendAlert = (ctx: OrganizationContext, project: string, id: string) =>
  ctx.db.write(async (tx) => {
    await findOwner(tx, project)
    await removeBudget(tx, ctx, await findAlert(tx, project, id))
    return {
      id,
      object: `${project === '' ? 'organization' : 'project'}.spend_alert.deleted` as const,
      deleted: true,
    }
  })

async function findAlert(db: Reader, project: string, id: string): Promise<BudgetRecord> {
  const alert = await rows.getBudget(db, { project, kind: 'spend_alert' }, id)
  if (!alert) throw notFound('spend alert', id)
  return alert
}

const channelOf = ({
  type,
  recipients,
  subject_prefix = null,
}: SpendAlertRequest['notification_channel']): BudgetRecord['channel'] => ({
  type,
  recipients,
  subject_prefix,
})

const inMonth = (project: string, money: Pick<BudgetRecord, 'threshold' | 'currency'>) =>
  ({ seq: 0, project, scope: 'project', unit: 'cents', created_at: nowSeconds(), ...money }) as const

const findOwner = async (db: Reader, project: string): Promise<unknown> =>
  project === '' ? undefined : findProject(db, project)

/** The organization has no row of its own: its first project stands for it, which stays. */
const lockOwner = async (tx: Transaction, project: string): Promise<unknown> =>
  project === '' ? tx.lock('projects', defaultProject) : findActiveProject(tx, project)
