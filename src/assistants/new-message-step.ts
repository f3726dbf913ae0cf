import { nowSeconds } from '../common/clock.ts'
import type { MessageContent, MessageRecord } from '../contract/messages.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord, RunUsage } from '../contract/runs.ts'
import { newMessageId, newStepId } from '../common/ids.ts'
import type { Transaction } from '../store/database.ts'
import { insertMessage } from '../store/messages.ts'
import { insertStep } from '../store/run-steps.ts'
import type { AssistantsEvent } from './events.ts'
import { newStep } from './new-step.ts'

/** Creates a message, its step, and the events that announce them. */
export function newMessageStep(run: RunRecord) {
  const at = nowSeconds()
  const message: Omit<MessageRecord, 'seq'> = {
    id: newMessageId(),
    project: run.project,
    thread_id: run.thread_id,
    run_id: run.id,
    body: {
      created_at: at,
      assistant_id: run.request.assistant_id,
      status: 'in_progress',
      incomplete_details: null,
      incomplete_at: null,
      completed_at: null,
      role: 'assistant',
      content: [],
      attachments: [],
      metadata: {},
    },
  }
  const step: Omit<RunStepRecord, 'seq'> = newStep(run, newStepId(), at, {
    type: 'message_creation',
    message_creation: { message_id: message.id },
  })
  // Copies, because a message whose text is already known is completed before these are written.
  const begun = {
    step: { ...step, body: { ...step.body } },
    message: { ...message, body: { ...message.body } },
  }
  const opening: AssistantsEvent[] = [
    { event: 'thread.run.step.created', step: begun.step, includeContent },
    { event: 'thread.run.step.in_progress', step: begun.step, includeContent },
    { event: 'thread.message.created', message: begun.message },
    { event: 'thread.message.in_progress', message: begun.message },
  ]
  function insert(tx: Transaction, as: 'begun' | 'grown' = 'grown'): void {
    const now = as === 'begun' ? begun : { message, step }
    insertMessage(tx, now.message)
    insertStep(tx, now.step)
  }
  return { message, step, begun, opening, insert }
}

/** Only steps with a search have content to include. */
const includeContent = false

/** `part` has the index at which clients insert it. */
export const messageDelta = (id: string, part: { index: number }) => ({
  id,
  object: 'thread.message.delta',
  delta: { content: [part] },
})

/** Completes the message and its step in place. Returns the events for this. */
export function completeMessage(
  message: Omit<MessageRecord, 'seq'>,
  step: Omit<RunStepRecord, 'seq'>,
  { content, usage }: { content: MessageContent[]; usage: RunUsage },
): AssistantsEvent[] {
  const now = nowSeconds()
  // A completed message always has content: when the model said nothing, it is an empty text.
  message.body.content =
    content.length > 0 ? content : [{ type: 'text', text: { value: '', annotations: [] } }]
  message.body.status = 'completed'
  message.body.completed_at = now
  step.status = 'completed'
  step.body.completed_at = now
  step.body.usage = usage
  return [
    { event: 'thread.message.completed', message },
    { event: 'thread.run.step.completed', step, includeContent },
  ]
}
