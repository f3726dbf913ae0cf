import type { Reader } from './database.ts'
import { isAwaited } from './waiting-runs.ts'

interface Thread {
  id: string
  project: string
}

/** Its id, if the thread is the project's: what belongs to one of another project is not looked at. */
export const own = '(select id from threads where id = ? and project = ?)'

/**
 * Whether run steps of a thread have finished whose calls are no items yet. Each run is asked for its last one, because for
 * a join PostgreSQL may read all steps there are. The runs of a thread are of its project.
 */
export const hasSteps = `exists (select 1 from runs where thread_id = ${own}
  and (select max(seq) from run_steps where run_id = runs.id and status = 'completed') >
    (select steps_shown from threads where id = ? and project = ?))`

/** The same, and whether runs wait for the thread. */
export async function stateOfConversation(db: Reader, { id, project }: Thread) {
  const found = await db.get<{ has_steps: number; is_awaited: number }>(
    `select case when ${hasSteps} then 1 else 0 end as has_steps, case when ${isAwaited} then 1 else 0 end as is_awaited`,
    id,
    project,
    id,
    project,
    id,
    project,
  )
  return { hasSteps: found?.has_steps === 1, isAwaited: found?.is_awaited === 1 }
}

export const hasStepsToShow = async (db: Reader, { id, project }: Thread): Promise<boolean> =>
  (await db.get(`select 1 where ${hasSteps}`, id, project, id, project)) !== undefined
