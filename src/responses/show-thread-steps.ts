import { containerOfThread } from '../contract/responses/containers.ts'
import { insertContainer } from '../store/containers.ts'
import { showSteps } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { stepItems } from './step-items.ts'

/**
 * Makes the calls of finished run steps items of the conversation that their thread is. Where programs have run, the items
 * name a container, which was last active when they did. It expires after so many `minutes`. The thread must be locked.
 */
export async function showThreadSteps(
  tx: Transaction,
  { id: sandbox, project }: { id: string; project: string },
  minutes: number,
): Promise<void> {
  let ranAt: number | undefined
  await showSteps(tx, { id: sandbox, project }, (step) => {
    const items = stepItems(step)
    if (items.some(({ item }) => item.type === 'code_interpreter_call'))
      ranAt = step.body.completed_at ?? step.body.created_at
    return items
  })
  if (ranAt === undefined) return
  const id = containerOfThread(sandbox)
  const times = { created_at: ranAt, last_active_at: ranAt }
  insertContainer(tx, { id, project, sandbox, name: 'auto', ...times, minutes, memory_limit: '1g' })
}
