import type { BudgetRecord } from '../../contract/budgets.ts'
import type { Reader, Transaction } from '../database.ts'
import { readPage, type Page, type PageQuery } from '../page.ts'

interface BudgetRow extends Omit<BudgetRecord, 'channel'> {
  channel: string
}

const record = (row: BudgetRow): BudgetRecord => ({ ...row, channel: JSON.parse(row.channel) })

export const insertBudget = (tx: Transaction, budget: Omit<BudgetRecord, 'seq'>): Promise<number> =>
  tx.run(
    `insert into budgets (id, project, kind, scope, unit, threshold, action, currency, created_at, channel)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    budget.id,
    budget.project,
    budget.kind,
    budget.scope,
    budget.unit,
    budget.threshold,
    budget.action,
    budget.currency,
    budget.created_at,
    JSON.stringify(budget.channel),
  )

export const updateBudget = (
  tx: Transaction,
  { id, threshold, currency, channel }: BudgetRecord,
): Promise<number> =>
  tx.run(
    'update budgets set threshold = ?, currency = ?, channel = ? where id = ?',
    threshold,
    currency,
    JSON.stringify(channel),
    id,
  )

export async function deleteBudget(tx: Transaction, id: string): Promise<void> {
  await tx.run('delete from budgets where id = ?', id)
  await tx.run('delete from budget_alerts where budget = ?', id)
}

/** What was told of a budget may be told again, because it is another one now. */
export const forgetAlerts = (tx: Transaction, id: string): Promise<number> =>
  tx.run('delete from budget_alerts where budget = ?', id)

interface Of {
  project: string
  kind: BudgetRecord['kind']
}

export async function getBudget(db: Reader, { project, kind }: Of, id: string) {
  const row = await db.get<BudgetRow>(
    'select * from budgets where id = ? and project = ? and kind = ?',
    id,
    project,
    kind,
  )
  return row && record(row)
}

/** A project has one spend limit at most. */
export async function getSpendLimit(db: Reader, project: string): Promise<BudgetRecord | undefined> {
  const row = await db.get<BudgetRow>(
    `select * from budgets where project = ? and kind = 'spend_limit' order by seq limit 1`,
    project,
  )
  return row && record(row)
}

export async function listBudgets(
  db: Reader,
  { project, kind }: Of,
  query: PageQuery,
): Promise<Page<BudgetRecord>> {
  const where = { sql: 'project = ? and kind = ?', values: [project, kind] }
  const page = await readPage<BudgetRow>(db, 'budgets', where, query)
  return { ...page, data: page.data.map(record) }
}

export const allBudgets = async (db: Reader): Promise<BudgetRecord[]> =>
  (await db.all<BudgetRow>('select * from budgets order by seq')).map(record)

/** Whether this was not told of a budget yet. From now on it was. */
export const tellOnce = async (
  tx: Transaction,
  { budget, month, subject }: { budget: string; month: number; subject: string },
): Promise<boolean> =>
  (await tx.run(
    'insert into budget_alerts (budget, month, subject) values (?, ?, ?) on conflict do nothing',
    budget,
    month,
    subject,
  )) > 0

/** The budgets that count for what is used in a project: its own, and those of the whole organization. */
export type BudgetsOf = (project: string) => readonly BudgetRecord[]

export function budgetsByProject(budgets: BudgetRecord[]): BudgetsOf {
  const byProject = Map.groupBy(budgets, ({ project }) => project)
  const ofAll = byProject.get('') ?? []
  return (project) => {
    const own = byProject.get(project)
    return own ? [...ofAll, ...own] : ofAll
  }
}
