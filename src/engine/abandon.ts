import { nowSeconds } from '../clock.ts'
import type { NewEvent } from '../contract/kept-events.ts'
import type { RunStep } from '../contract/run-steps.ts'
import { noUsage } from '../contract/usage.ts'
import type { Database, Transaction } from '../store/database.ts'
import { makeIncomplete } from '../store/end-run.ts'
import { getMessage, withdrawMessage } from '../store/messages.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import type { Recorder } from './recorder.ts'

/**
 * Closes what a lost attempt left open, so that the run goes on from its last finished step: the step fails, and its
 * half-written message leaves the thread, because the run will write its answer anew and has one answer only.
 */
export async function abandonOpenStep(db: Database, recorder: Recorder, why: string): Promise<void> {
  const { run } = recorder
  const { include_content: includeContent } = run.request
  const open = (await stepsOfRuns(db, run.project, [run.id])).find((step) => step.status === 'in_progress')
  if (!open) return
  const last_error: RunStep['last_error'] = { code: 'server_error', message: why }
  open.status = 'failed'
  Object.assign(open.body, { failed_at: nowSeconds(), last_error, usage: noUsage })
  const events: NewEvent[] = []
  const details = open.body.step_details
  const message =
    details.type === 'message_creation'
      ? await getMessage(db, run.project, run.thread_id, details.message_creation.message_id)
      : undefined
  const rows = async (tx: Transaction) => {
    if (message) {
      await makeIncomplete(tx, message, 'run_failed')
      events.push({ event: 'thread.message.incomplete', message })
      await withdrawMessage(tx, message)
    }
    await updateStep(tx, open)
    events.push({ event: 'thread.run.step.failed', step: open, includeContent })
  }
  await recorder.write({ events, rows })
}
