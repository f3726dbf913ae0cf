import { countCompletions } from './usage/completions-under-way.ts'
import type { Transaction } from './database.ts'
import { inList } from './in-list.ts'
import type { Limits } from './usage/limits.ts'
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
  const { all, ofKey } = await countUnderWay(tx, project)
  if (all >= (limits.of(project, name) ?? Infinity)) return undefined
  const full = [...limits.ofKeys(project, name)].flatMap(([key, most]) => (ofKey(key) >= most ? [key] : []))
  if (full.length === 0) return { sql: '', values: [] }
  const { marks, values } = inList(full)
  return { sql: ` and api_key not in (${marks})`, values }
}

/** How many runs and completions are in progress in a project, and with one of its keys. */
async function countUnderWay(
  tx: Transaction,
  project: string,
): Promise<{ all: number; ofKey: (key: string) => number }> {
  const runs = await tx.all<{ api_key: string; count: number }>(
    'select api_key, count(*) as count from runs where lease_owner is not null and project = ? group by api_key',
    project,
  )
  const counted = [...runs, ...(await countCompletions(tx, project))]
  const sum = (of: typeof counted) => of.reduce((all, { count }) => all + Number(count), 0)
  return { all: sum(counted), ofKey: (key) => sum(counted.filter(({ api_key }) => api_key === key)) }
}

/**
 * The limit that keeps another completion of the key from being begun, when as many runs and completions as it allows are in
 * progress.
 */
export async function reachedRunLimit(
  tx: Transaction,
  limits: Limits,
  { project, apiKey }: { project: string; apiKey: string },
): Promise<{ limit: number; used: number; about: string } | undefined> {
  if (!hasRunLimit(limits, project)) return undefined
  await tx.lock('projects', project)
  const { all, ofKey } = await countUnderWay(tx, project)
  return [
    { limit: limits.of(project, name), used: all, about: `project ${project}` },
    { limit: limits.of(apiKey, name), used: ofKey(apiKey), about: `key ${apiKey} in project ${project}` },
  ].flatMap(({ limit, ...of }) => (limit !== undefined && of.used >= limit ? [{ limit, ...of }] : []))[0]
}
