import { HeldCompletions } from '../../budgets/held-completions.ts'
import type { Config } from '../../config/config.ts'
import { TurnAllowances } from '../../engine/turn-allowances.ts'
import type { Log } from '../../common/log.ts'
import type { ModelRegistry } from '../../models/model.ts'
import { openAccess, type Access } from '../../operations/access.ts'
import type { Admission } from '../../operations/context.ts'
import { prepareFirstKeys } from '../../operations/first-keys.ts'
import type { Database } from '../../store/database.ts'
import { createRateLimiter } from '../../store/usage/rate-limiter.ts'

export interface OpenAdmission {
  /** The keys, and what their projects may do and use. */
  access: Access
  /** Lets requests in. */
  admission: Admission
  /** Lets the turns of runs ask their models. */
  allowances: TurnAllowances
  /** Lets requests for models themselves ask. */
  completionBudgets: HeldCompletions
}

/** Opens what decides who may do what, and how much of it. */
export async function openAdmission(
  config: Config,
  { db, models, log }: { db: Database; models: ModelRegistry; log: Log },
  opened: AsyncDisposableStack,
): Promise<OpenAdmission> {
  const access = await openAccess({ db, settings: await prepareFirstKeys(db, config), log })
  opened.defer(() => access.close())
  const limiter = createRateLimiter(db, log)
  opened.defer(() => limiter.close())
  const admission = { limits: () => access.limits(), limiter }
  const completionBudgets = new HeldCompletions({
    db,
    budgetsOf: access.budgetsOf,
    priceOf: (model) => models.priceOf(model),
    limits: admission.limits,
    log,
  })
  opened.defer(() => completionBudgets.close())
  return { access, admission, allowances: new TurnAllowances(admission), completionBudgets }
}
