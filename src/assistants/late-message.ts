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
  rows: (tx: Transaction) => Promise<void>
}

/**
 * The message of what a model said after the calls of the same turn: it follows their step, since one step is open at
 * a time. Both are left in progress where the model was stopped in the middle, for the end of the run to close.
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
