import type { Transaction } from './database.ts'
import { inList } from './in-list.ts'
import type { Limits } from './limits.ts'
import type { Condition } from './page.ts'

const name = 'max_concurrent_runs'

/** Whether a project, or one of its keys, may have only so many runs in progress at a time. */
export const hasRunLimit = (limits: Limits, project: string): boolean =>
  limits.of(project, name) !== undefined || limits.ofKeys(project, name).size > 0

/** How many runs with this key may be in progress at a time, for whoever reads it. */
export const runLimitOf = (limits: Limits, { project, apiKey }: { project: string; apiKey: string }) =>
  Math.min(limits.of(project, name) ?? Infinity, limits.of(apiKey, name) ?? Infinity)

/**
 * Which waiting runs of a project may begin, as a condition on them. Undefined when none may: as many as are allowed are in
 * progress, or another server is counting them at this moment. Only one server counts at a time, so together they never begin too
 * many.
 */
export async function runsThatMayBegin(
  tx: Transaction,
  limits: Limits,
  project: string,
): Promise<Condition | undefined> {
  if (!hasRunLimit(limits, project)) return { sql: '', values: [] }
  if (!(await tx.claim('select id from projects where id = ?', project))) return undefined
  const counted = await tx.all<{ api_key: string; runs: number }>(
    'select api_key, count(*) as runs from runs where lease_owner is not null and project = ? group by api_key',
    project,
  )
  const all = counted.reduce((sum, { runs }) => sum + runs, 0)
  if (all >= (limits.of(project, name) ?? Infinity)) return undefined
  const ofKeys = limits.ofKeys(project, name)
  const full = counted.filter(({ api_key: key, runs }) => runs >= (ofKeys.get(key) ?? Infinity))
  if (full.length === 0) return { sql: '', values: [] }
  const { marks, values } = inList(full.map(({ api_key: key }) => key))
  return { sql: ` and api_key not in (${marks})`, values }
}
