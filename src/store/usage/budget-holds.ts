import type { ModelTokens } from '../../contract/response-chain.ts'
import { monthOf, nowSeconds } from '../../common/clock.ts'
import type { Database, Transaction } from '../database.ts'
import { tokenColumns, valuesOf } from './spending.ts'

/**
 * The model is asked; or it has answered with calls, and what it has used is counted when they have ended; or it waits to be asked
 * again, and what it has used is counted when the whole answer is there.
 */
export const holdStates = { asks: 0, calls: 1, waits: 2 } as const

/** What a turn of a run, or a completion, may use while it is under way, or has used and not counted yet. */
export interface Hold extends ModelTokens {
  /** The id of the run or of the completion. */
  run_id: string
  project: string
  answered: (typeof holdStates)[keyof typeof holdStates]
  /** 1 when it may exceed the budget, which only one at a time may. */
  exceeds: 0 | 1
}

const underWay = `(coalesce(runs.status, '') in ('in_progress', 'cancelling') or coalesce(completions_under_way.lives_until, 0) > ?)`
const holders = `budget_holds left join runs on runs.id = budget_holds.run_id
  left join completions_under_way on completions_under_way.id = budget_holds.run_id`

/** The holds of a project, or with '' of all, whose runs and completions are under way. */
export const holdsOf = async (tx: Transaction, project: string): Promise<Hold[]> =>
  tx.all<Hold>(
    `select budget_holds.* from ${holders} where ${underWay} and ${project === '' ? '1 = 1' : 'budget_holds.project = ?'}`,
    await tx.now(),
    ...(project === '' ? [] : [project]),
  )

/** Takes the place of what the run has held before. */
export const hold = (
  tx: Transaction,
  { run_id, project, answered, exceeds, ...used }: Hold,
): Promise<number> =>
  tx.run(
    `insert into budget_holds (run_id, project, answered, exceeds, ${tokenColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (run_id) do update set answered = excluded.answered, exceeds = excluded.exceeds, model = excluded.model,
       input_tokens = excluded.input_tokens, cached_tokens = excluded.cached_tokens,
       output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens`,
    run_id,
    project,
    answered,
    exceeds,
    ...valuesOf(used),
  )

export const release = (tx: Transaction, runId: string): Promise<number> =>
  tx.run('delete from budget_holds where run_id = ?', runId)

/** How long it is kept what was told of a budget, in seconds: longer than a month. */
const alertSeconds = 40 * 86_400
/** How long a completion is kept of which nothing is heard, in milliseconds. Clocks of servers differ by less. */
const silentMs = 3_600_000

/** Removes what no budget needs any more: the holds of what is over, and what was told in earlier months. */
export async function clearBudgets(db: Database): Promise<boolean> {
  const over = `run_id in (select run_id from ${holders} where not ${underWay} limit 500)`
  const now = Date.now()
  const lost = now - silentMs
  const before = monthOf(nowSeconds() - alertSeconds).start
  const found = await db.get<{ found: number }>(
    `select 1 as found where exists (select 1 from budget_holds where ${over})
     or exists (select 1 from completions_under_way where lives_until < ?)
     or exists (select 1 from budget_alerts where month < ?)`,
    now,
    lost,
    before,
  )
  if (!found) return false
  await db.write(async (tx) => {
    await tx.run(`delete from budget_holds where ${over}`, await tx.now())
    await tx.run('delete from completions_under_way where lives_until < ?', lost)
    await tx.run('delete from budget_alerts where month < ?', before)
  }, 'committed')
  return true
}
