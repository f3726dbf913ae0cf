import { nowSeconds } from '../common/clock.ts'
import type { IncompleteReason, MessageRecord } from '../contract/messages.ts'
import type { RunStepRecord, StepDetails } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import { tokensOf } from '../contract/costs.ts'
import { noUsage, sumUsage } from '../contract/usage.ts'
import type { RunEnd } from '../engine/transcript.ts'
import type { Transaction } from '../store/database.ts'
import { getMessage, updateMessage, withdrawMessage } from '../store/messages.ts'
import { forgetEvents, type RunLog } from '../store/run-log.ts'
import { addToThread } from '../store/usage/spending.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import { writeRun, type RunChange } from '../store/runs.ts'
import { countTo } from '../store/usage/count-usage.ts'
import type { AssistantsEvent } from './events.ts'
import { lateMessage } from './late-message.ts'
import { shownContent } from './shown-content.ts'

type Step = Omit<RunStepRecord, 'seq'>

/** Why a message that is still open when its run ends becomes incomplete (as recorded). */
const openMessage = {
  completed: 'max_tokens',
  cancelled: 'run_cancelled',
  expired: 'run_expired',
  failed: 'run_failed',
  incomplete: 'max_tokens',
} as const satisfies Record<RunEnd['status'], IncompleteReason>

/** The status that a step which is still open gets when its run ends (as recorded). */
const openStep = {
  completed: 'completed',
  cancelled: 'cancelled',
  expired: 'expired',
  failed: 'failed',
  incomplete: 'completed',
} as const

interface SoFar extends Pick<RunChange, 'numbered' | 'notes'> {
  /** These are written before the events of the end. */
  events?: AssistantsEvent[]
  /** All steps of the run as they are now. When left out, they are read from disk. */
  steps?: Step[]
}

/**
 * Ends a run and everything that belongs to it: its open message becomes incomplete, its open step is closed, its usage
 * is summed, and the last event is that of the run.
 */
export async function endRun(
  tx: Transaction,
  log: RunLog,
  given: RunRecord,
  end: RunEnd,
  { numbered, notes = [], events: before = [], steps: known }: SoFar = {},
): Promise<RunRecord> {
  const cancelling = end.status === 'cancelled' && given.status !== 'cancelling'
  const run = cancelling
    ? await writeRun(tx, log, given, { moves: ['cancelling'], ...(numbered && { numbered }) })
    : given
  // Copies: a transaction may be begun again.
  const steps = (known ?? (await stepsOfRuns(tx, run.project, [run.id]))).map((step) => ({
    ...step,
    body: { ...step.body },
  }))
  const events: AssistantsEvent[] = [...before]
  const late = steps.find(({ status, body }) => body.late && status !== 'failed')
  const open = steps.filter(({ status }) => status === 'in_progress')
  for (const step of open) events.push(...(await closeStep(tx, run, step, end)))
  if (late) events.push(...(await sayLate(tx, run, late, end)))
  await removeReplaced(tx, run, steps)

  const at = nowSeconds()
  const usage = sumUsage([run.state.refused_usage ?? null, ...steps.map((step) => step.body.usage)])
  // A run from before requests were counted has one for each turn that has cost something.
  const paid = steps.filter(({ body }) => (body.usage?.total_tokens ?? 0) > 0).length
  const { counted, count } = countTo(run, {
    requests: Math.max(run.state.model_requests ?? 0, paid),
    usage,
  })
  count(tx)
  if (usage.total_tokens > 0) addToThread(tx, run.thread_id, { model: run.request.model, ...tokensOf(usage) })
  const ended = await writeRun(tx, log, run, {
    ...(numbered && !cancelling && { numbered }),
    notes,
    events,
    moves: [end.status],
    state: {
      required_action: null,
      usage,
      counted,
      ...(end.status === 'cancelled' && { cancelled_at: at }),
      ...(end.status === 'failed' && { failed_at: at, last_error: end.error }),
      ...(end.status === 'expired' && end.error && { last_error: end.error }),
      ...(end.status === 'completed' && { completed_at: at }),
      ...(end.status === 'incomplete' && {
        completed_at: at,
        incomplete_details: { reason: end.reason },
      }),
    },
  })
  for (const { body } of open) await forgetDeleted(tx, run, body.step_details)
  return ended
}

/**
 * Removes a message that was deleted while it was being written from the log, with everything that was logged after the
 * deletion.
 */
export async function forgetDeleted(tx: Transaction, run: RunRecord, details: StepDetails): Promise<void> {
  if (details.type !== 'message_creation') return
  const { message_id: id } = details.message_creation
  if (!(await getMessage(tx, run.project, run.thread_id, id))) await forgetEvents(tx, run.id, id)
}

/**
 * Takes messages that were cut off and then said again out of the thread, because a run has one answer. The last
 * message always stays, however it ended.
 */
async function removeReplaced(tx: Transaction, run: RunRecord, steps: Step[]): Promise<void> {
  if (!steps.some(isBrokenMessage)) return
  let saidLater = false
  for (const step of steps.toReversed()) {
    const details = step.body.step_details
    if (details.type !== 'message_creation') continue
    const id = details.message_creation.message_id
    const message = await getMessage(tx, run.project, run.thread_id, id)
    if (message && saidLater && isBrokenMessage(step)) await withdrawMessage(tx, message)
    saidLater ||=
      message?.body.content.some((part) => part.type !== 'text' || part.text.value !== '') ?? false
  }
}

const isBrokenMessage = ({ status, body }: Step) => status === 'failed' && body.type === 'message_creation'

/** Changes the step in place, so that its usage is part of the sum for the run. */
async function closeStep(
  tx: Transaction,
  run: RunRecord,
  step: Step,
  end: RunEnd,
): Promise<AssistantsEvent[]> {
  const events: AssistantsEvent[] = []
  const details = step.body.step_details
  if (details.type === 'message_creation') {
    const id = details.message_creation.message_id
    await tx.lock('messages', id)
    const message = await getMessage(tx, step.project, step.body.thread_id, id)
    if (message?.body.status === 'in_progress') {
      const reason =
        end.status === 'incomplete' && end.reason === 'content_filter'
          ? 'content_filter'
          : openMessage[end.status]
      await makeIncomplete(tx, message, reason)
      events.push({ event: 'thread.message.incomplete', message })
    }
  }
  const at = nowSeconds()
  step.status = openStep[end.status]
  step.body.usage ??= step.body.turn_usage ?? noUsage
  if (step.status === 'completed') step.body.completed_at = at
  if (step.status === 'cancelled') step.body.cancelled_at = at
  if (step.status === 'expired') step.body.expired_at = at
  if (end.status === 'failed') {
    step.body.failed_at = at
    step.body.last_error = {
      code: end.error.code === 'rate_limit_exceeded' ? 'rate_limit_exceeded' : 'server_error',
      message: end.error.message,
    }
  }
  updateStep(tx, step)
  const { include_content: includeContent } = run.request
  events.push({ event: `thread.run.step.${step.status}`, step, includeContent })
  return events
}

/**
 * Keeps the text that the model said after calls when the run ends before those calls do. The message is complete when
 * the model's turn was complete.
 */
async function sayLate(
  tx: Transaction,
  run: RunRecord,
  calls: Step,
  end: RunEnd,
): Promise<AssistantsEvent[]> {
  const { late = [], turn_usage } = calls.body
  const { events, rows, step } = lateMessage(
    run,
    late,
    turn_usage !== undefined && end.status !== 'incomplete',
  )
  rows(tx)
  delete calls.body.late
  updateStep(tx, calls)
  return step.status === 'in_progress' ? [...events, ...(await closeStep(tx, run, step, end))] : events
}

/** When the worker was lost before it could write the text, the text is restored from the deltas that were shown. */
export async function makeIncomplete(tx: Transaction, message: MessageRecord, reason: IncompleteReason) {
  const { body, run_id, id } = message
  if (body.content.length === 0 && run_id !== null) body.content = await shownContent(tx, run_id, id)
  message.body.status = 'incomplete'
  message.body.incomplete_at = nowSeconds()
  message.body.incomplete_details = { reason }
  updateMessage(tx, message)
}
