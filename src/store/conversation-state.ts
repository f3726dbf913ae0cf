import type { Reader } from './database.ts'
import { isAwaited } from './waiting-runs.ts'

/** Its id, if the thread is the project's: what belongs to one of another project is not looked at. */
export const own = '(select id from threads where id = ? and project = ?)'

/**
 * Of a row of `threads`: whether run steps of it have finished whose calls are no items yet. Each run is asked for its last one,
 * because for a join PostgreSQL may read all steps there are. The `case` keeps it from joining the runs themselves: without
 * statistics that looks so dear that it sees no difference between one thread by its id and all threads. The runs of a thread are of
 * its project.
 */
export const hasSteps = `case when exists (select 1 from runs where runs.thread_id = threads.id
  and (select max(seq) from run_steps where run_id = runs.id and status = 'completed') > threads.steps_shown)
  then 1 else 0 end = 1`

/** The same as a column, and whether runs wait for the thread. */
export const conversationColumns = `case when ${hasSteps} then 1 else 0 end as has_steps,
  case when ${isAwaited} then 1 else 0 end as is_awaited`

export interface ConversationColumns {
  has_steps: number
  is_awaited: number
}

/** A condition with the id of a thread and its project: whether it exists, and none of its steps is still to be shown. */
export const isShown = `exists (select 1 from threads
  where threads.id = ? and threads.project = ? and removed = 0 and not ${hasSteps})`

export const hasStepsToShow = async (
  db: Reader,
  { id, project }: { id: string; project: string },
): Promise<boolean> =>
  (await db.get(
    `select 1 from threads where threads.id = ? and threads.project = ? and ${hasSteps}`,
    id,
    project,
  )) !== undefined
