import {
  createBudgetRequest,
  modifyBudgetRequest,
  spendAlertRequest,
  spendLimitRequest,
} from '../../contract/budgets.ts'
import { pageQuery } from '../../contract/list.ts'
import {
  createBudget,
  deleteBudget,
  listBudgets,
  modifyBudget,
  retrieveBudget,
} from '../../operations/budgets.ts'
import {
  createSpendAlert,
  deleteSpendAlert,
  deleteSpendLimit,
  listSpendAlerts,
  retrieveSpendAlert,
  retrieveSpendLimit,
  updateSpendAlert,
  updateSpendLimit,
} from '../../operations/spend-limits.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api, type Request } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

/** '' for the whole organization, which has no id in the path. */
const projectOf = (c: Request) => c.req.param('project_id') ?? ''

/** What may be spent, of the original's administration API, and budgets of tokens, threads and runs beside it. */
export function budgetRoutes(api: Api): void {
  for (const owner of ['/organization', '/organization/projects/:project_id']) {
    api.get(`${owner}/spend_limit`, async (c) =>
      answer(c, await retrieveSpendLimit(organizationOf(c), projectOf(c))),
    )
    api.post(`${owner}/spend_limit`, async (c) => {
      const ctx = organizationOf(c)
      return answer(c, await updateSpendLimit(ctx, projectOf(c), await readJson(c, spendLimitRequest)))
    })
    api.delete(`${owner}/spend_limit`, async (c) =>
      answer(c, await deleteSpendLimit(organizationOf(c), projectOf(c))),
    )
    api.get(`${owner}/spend_alerts`, async (c) =>
      answer(c, await listSpendAlerts(organizationOf(c), projectOf(c), readQuery(c, pageQuery))),
    )
    api.post(`${owner}/spend_alerts`, async (c) => {
      const ctx = organizationOf(c)
      return answer(c, await createSpendAlert(ctx, projectOf(c), await readJson(c, spendAlertRequest)))
    })
    api.get(`${owner}/spend_alerts/:alert_id`, async (c) =>
      answer(c, await retrieveSpendAlert(organizationOf(c), projectOf(c), c.req.param('alert_id') ?? '')),
    )
    api.post(`${owner}/spend_alerts/:alert_id`, async (c) => {
      const ctx = organizationOf(c)
      const input = await readJson(c, spendAlertRequest)
      return answer(c, await updateSpendAlert(ctx, projectOf(c), c.req.param('alert_id') ?? '', input))
    })
    api.delete(`${owner}/spend_alerts/:alert_id`, async (c) =>
      answer(c, await deleteSpendAlert(organizationOf(c), projectOf(c), c.req.param('alert_id') ?? '')),
    )
  }

  const budgets = '/organization/projects/:project_id/budgets'
  api.get(budgets, async (c) =>
    answer(c, await listBudgets(organizationOf(c), projectOf(c), readQuery(c, pageQuery))),
  )
  api.post(budgets, async (c) => {
    const ctx = organizationOf(c)
    return answer(c, await createBudget(ctx, projectOf(c), await readJson(c, createBudgetRequest)))
  })
  api.get(`${budgets}/:budget_id`, async (c) =>
    answer(c, await retrieveBudget(organizationOf(c), projectOf(c), c.req.param('budget_id') ?? '')),
  )
  api.post(`${budgets}/:budget_id`, async (c) => {
    const ctx = organizationOf(c)
    const input = await readJson(c, modifyBudgetRequest)
    return answer(c, await modifyBudget(ctx, projectOf(c), c.req.param('budget_id') ?? '', input))
  })
  api.delete(`${budgets}/:budget_id`, async (c) =>
    answer(c, await deleteBudget(organizationOf(c), projectOf(c), c.req.param('budget_id') ?? '')),
  )
}
