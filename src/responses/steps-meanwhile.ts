import type { ResponseRecord } from '../contract/responses/response.ts'
import { showSteps } from '../store/conversation-items.ts'
import type { Database } from '../store/database.ts'
import { stepItems } from './step-items.ts'

/** Makes items of what a run called in the conversation while the response waited for it. */
export async function showStepsMeanwhile(db: Database, run: ResponseRecord): Promise<void> {
  const { thread_id: id, project, state } = run
  if (id === null || !state.waited) return
  await db.write(async (tx) => {
    await tx.lock('threads', id)
    await showSteps(tx, { id, project }, stepItems)
  })
}
