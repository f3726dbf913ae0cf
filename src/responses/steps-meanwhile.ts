import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Database } from '../store/database.ts'
import { showThreadSteps } from './show-thread-steps.ts'

/** Makes items of what a run called in the conversation while the response waited for it. */
export async function showStepsMeanwhile(db: Database, run: ResponseRecord, minutes: number): Promise<void> {
  const { thread_id: id, project, state } = run
  if (id === null || !state.waited) return
  await db.write(async (tx) => {
    await tx.lock('threads', id)
    await showThreadSteps(tx, { id, project }, minutes)
  })
}
