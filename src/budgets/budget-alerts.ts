import { monthOf, nowSeconds } from '../common/clock.ts'
import type { SpentBudget } from '../contract/budgets.ts'
import { defaultProject } from '../contract/projects.ts'
import type { Log } from '../common/log.ts'
import { tellOnce } from '../store/usage/budgets.ts'
import type { Database } from '../store/database.ts'
import { isSpent } from '../store/usage/spending.ts'
import { enqueueWebhook } from '../store/webhook-deliveries.ts'

/** Who has used up a budget. A completion is of no thread and no run. */
export interface Subject {
  project: string
  thread: string | null
  run: string | null
}

/** How much of what was told is remembered, so that memory does not grow for ever. */
const maxTold = 10_000

/** Tells of budgets that are used up, in the log and by webhooks. */
export class BudgetAlerts {
  #db: Database
  #log: Log
  /** What this server knows to be told, so that it is not asked again. */
  #told = new Set<string>()

  constructor({ db, log }: { db: Database; log: Log }) {
    this.#db = db
    this.#log = log
  }

  /** Each budget is told of once a month, and one of threads or runs once for each of them. */
  async tell(spent: SpentBudget[], of: Subject): Promise<void> {
    const month = monthOf(nowSeconds()).start
    for (const one of spent) {
      const { budget } = one
      if (!isSpent(one)) continue
      const subject = { project: '', thread: of.thread ?? '', run: of.run ?? '' }[budget.scope]
      const key = JSON.stringify([budget.id, budget.threshold, month, subject])
      if (this.#told.has(key)) continue
      if (this.#told.size >= maxTold) this.#told.clear()
      await this.#tellOf(one, { month, subject, project: of.project })
      this.#told.add(key)
    }
  }

  async #tellOf(
    { budget, used }: SpentBudget,
    { month, subject, project }: { month: number; subject: string; project: string },
  ): Promise<void> {
    const { id, scope, action, unit, threshold, currency, channel } = budget
    const about = {
      budget_id: id,
      project_id: budget.project === '' ? null : budget.project,
      scope,
      threshold_tokens: unit === 'tokens' ? threshold : null,
      used_tokens: unit === 'tokens' ? used : null,
      threshold_amount: unit === 'cents' ? threshold : null,
      used_amount: unit === 'cents' ? used : null,
      currency: unit === 'cents' ? currency : null,
      month_start: month,
      thread_id: scope === 'thread' ? subject : null,
      run_id: scope === 'run' ? subject : null,
    }
    const isFirst = await this.#db.write(async (tx) => {
      if (!(await tellOnce(tx, { budget: id, month, subject }))) return false
      // What all projects have used is told to whoever runs the server, whose own project is the first one.
      const to = budget.project === '' ? defaultProject : project
      const data = { ...about, ...(channel && { notification_channel: channel }) }
      if (action === 'alert') enqueueWebhook(tx, to, { type: 'budget.soft_limit_reached', data })
      return true
    })
    const fact = action === 'stop' ? 'a budget is used up and stops runs' : 'a budget is used up'
    if (isFirst) this.#log('warn', fact, about)
  }
}
