import { nowSeconds } from '../clock.ts'
import type { NewEvent } from '../contract/kept-events.ts'
import type { MessageRecord } from '../contract/messages.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord, RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import { newMessageId, newStepId } from '../ids.ts'
import type { Transaction } from '../store/database.ts'
import { getMessage, insertMessage, updateMessage } from '../store/messages.ts'
import { insertStep, updateStep } from '../store/run-steps.ts'
import type { Sources } from './annotate.ts'
import { growContent, type GrowingContent } from './message-content.ts'
import type { Recorder } from './recorder.ts'
import { newStep } from './step.ts'

/** The step in which the assistant speaks: one message, its content growing delta by delta. */
export interface MessageStep extends Pick<GrowingContent, 'append' | 'refuse' | 'flush'> {
  /** What is to be written when the message is complete: by itself, or with the end of the run. */
  completion(usage: RunUsage): Completion
  /** Writes what there is so far, for a run that ends in the middle of the message; `flush` comes before. */
  save(tx: Transaction, usage?: RunUsage): Promise<void>
}

export interface Completion {
  events: NewEvent[]
  rows: (tx: Transaction) => Promise<void>
}

/**
 * Opens the step and its message. `images` are files that code interpreter has made since the last message: they
 * come first in its content.
 */
export async function openMessageStep(
  recorder: Recorder,
  images: string[],
  sources: Sources,
): Promise<MessageStep> {
  const { run } = recorder
  const { message, step, opening, insert } = newMessageStep(run)
  await recorder.write({ events: opening, rows: insert })
  const content = growContent(images, sources, (part) =>
    recorder.delta('thread.message.delta', deltaOf(message.id, part)),
  )
  /** The only thing of it that its caller may set meanwhile. The event of its end, made before, shows it as well. */
  const takeMetadata = async (tx: Transaction) => {
    const now = await getMessage(tx, run.project, run.thread_id, message.id)
    Object.assign(message.body.metadata, now?.body.metadata)
  }
  return {
    append: (text) => content.append(text),
    refuse: (text) => content.refuse(text),
    flush: () => content.flush(),
    completion(usage) {
      content.flush()
      return {
        events: complete(message, step, { content, usage }),
        async rows(tx) {
          await takeMetadata(tx)
          await updateMessage(tx, message)
          await updateStep(tx, step)
        },
      }
    },
    async save(tx, usage) {
      await takeMetadata(tx)
      await updateMessage(tx, { ...message, body: { ...message.body, content: content.parts() } })
      if (usage) await updateStep(tx, { ...step, body: { ...step.body, turn_usage: usage } })
    },
  }
}

/** A message that is known as a whole, with its step: what a model said after the calls of the same turn. */
export function lateMessage(run: RunRecord, text: string, sources: Sources): Completion {
  const { message, step, opening, insert } = newMessageStep(run)
  const events = [...opening]
  const content = growContent([], sources, (part) =>
    events.push({ event: 'thread.message.delta', data: deltaOf(message.id, part) }),
  )
  content.append(text)
  content.flush()
  step.body.after_calls = true
  events.push(...complete(message, step, { content, usage: noUsage }))
  return { events, rows: insert }
}

function newMessageStep(run: RunRecord) {
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
  // As they are now: a message that is known as a whole is completed before its events are written.
  const begun = {
    step: { ...step, body: { ...step.body } },
    message: { ...message, body: { ...message.body } },
  }
  const opening: NewEvent[] = [
    { event: 'thread.run.step.created', step: begun.step, includeContent },
    { event: 'thread.run.step.in_progress', step: begun.step, includeContent },
    { event: 'thread.message.created', message: begun.message },
    { event: 'thread.message.in_progress', message: begun.message },
  ]
  async function insert(tx: Transaction): Promise<void> {
    await insertMessage(tx, message)
    await insertStep(tx, step)
  }
  return { message, step, opening, insert }
}

/** Of searches, which are no messages. */
const includeContent = false

const deltaOf = (id: string, part: unknown) => ({
  id,
  object: 'thread.message.delta',
  delta: { content: [part] },
})

/** Completes both in place; the answer is the events that say so. */
function complete(
  message: Omit<MessageRecord, 'seq'>,
  step: Omit<RunStepRecord, 'seq'>,
  { content, usage }: { content: GrowingContent; usage: RunUsage },
): NewEvent[] {
  const now = nowSeconds()
  const parts = content.parts()
  // A message without content is one that says nothing.
  message.body.content = parts.length > 0 ? parts : [{ type: 'text', text: { value: '', annotations: [] } }]
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
