import { nowSeconds } from '../clock.ts'
import type { NewEvent } from '../contract/kept-events.ts'
import type { RunStep } from '../contract/run-steps.ts'
import { noUsage } from '../contract/usage.ts'
import type { Database, Transaction } from '../store/database.ts'
import { makeIncomplete } from '../store/end-run.ts'
import { getMessage } from '../store/messages.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import type { Recorder } from './recorder.ts'
import type { OpenStep } from './turn.ts'

/**
 * Closes what a lost or failed attempt left open, so that the run goes on from its last finished step: the step fails,
 * and its half-written message is incomplete. It stays until the run ends, when an answer has taken its place. `open`
 * is the step where this worker has begun it.
 */
export async function abandonOpenStep(
  db: Database,
  recorder: Recorder,
  why: string,
  open: OpenStep = {},
): Promise<void> {
  const { run } = recorder
  const step = (await stepsOfRuns(db, run.project, [run.id])).find((one) => one.status === 'in_progress')
  if (!step) return
  open.message?.flush()
  const last_error: RunStep['last_error'] = { code: 'server_error', message: why }
  step.status = 'failed'
  Object.assign(step.body, { failed_at: nowSeconds(), last_error, usage: noUsage })
  const events: NewEvent[] = []
  const details = step.body.step_details
  const rows = async (tx: Transaction) => {
    if (details.type === 'message_creation') {
      await open.message?.save(tx)
      const message = await getMessage(tx, run.project, run.thread_id, details.message_creation.message_id)
      if (message) {
        await makeIncomplete(tx, message, 'run_failed')
        events.push({ event: 'thread.message.incomplete', message })
      }
    }
    await updateStep(tx, step)
    const { include_content: includeContent } = run.request
    events.push({ event: 'thread.run.step.failed', step, includeContent })
  }
  await recorder.write({ events, rows })
}
