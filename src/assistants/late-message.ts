import type { MessageContent } from '../contract/messages.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { Transaction } from '../store/database.ts'
import type { AssistantsEvent } from './events.ts'
import { completeMessage, messageDelta, newMessageStep } from './new-message-step.ts'

export interface LateMessage {
  step: Omit<RunStepRecord, 'seq'>
  events: AssistantsEvent[]
  rows: (tx: Transaction) => void
}

/**
 * Makes a message of the text that a model said after calls in the same turn. It follows the step of the calls, because
 * only one step is open at a time. When the model was stopped in the middle, message and step stay in progress, and the
 * end of the run closes them.
 */
export function lateMessage(run: RunRecord, content: MessageContent[], whole: boolean): LateMessage {
  const { message, step, opening, insert } = newMessageStep(run)
  step.body.after_calls = true
  message.body.content = content
  const events = [...opening, ...content.map((part, index) => deltaOf(message.id, part, index))]
  if (whole) events.push(...completeMessage(message, step, { content, usage: noUsage }))
  return { step, events, rows: insert }
}

function deltaOf(id: string, part: MessageContent, index: number): AssistantsEvent {
  const text = part.type === 'text' && {
    value: part.text.value,
    annotations: part.text.annotations.map((note, place) => ({ index: place, ...note })),
  }
  return { event: 'thread.message.delta', data: messageDelta(id, { index, ...part, ...(text && { text }) }) }
}
