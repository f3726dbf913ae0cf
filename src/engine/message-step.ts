import { nowSeconds } from '../clock.ts'
import type { NewEvent } from '../contract/kept-events.ts'
import type { Annotation, MessageRecord } from '../contract/messages.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunUsage } from '../contract/runs.ts'
import { newMessageId, newStepId } from '../ids.ts'
import type { Transaction } from '../store/database.ts'
import { getMessage, insertMessage, updateMessage } from '../store/messages.ts'
import { insertStep, updateStep } from '../store/run-steps.ts'
import { annotator, type AnnotatedText, type Sources } from './annotate.ts'
import type { Recorder } from './recorder.ts'
import { newStep } from './step.ts'

/** The step in which the assistant speaks: one message, its text growing delta by delta. */
export interface MessageStep {
  append(text: string): void
  /** What is to be written when the message is complete: by itself, or with the end of the run. */
  completion(usage: RunUsage): Completion
  /** Gives out what was held back; before the write that ends a run in the middle of the message. */
  flush(): void
  /** Writes what there is so far, for a run that ends in the middle of the message. */
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
  const includeContent = false
  await recorder.write({
    events: [
      { event: 'thread.run.step.created', step, includeContent },
      { event: 'thread.run.step.in_progress', step, includeContent },
      { event: 'thread.message.created', message },
      { event: 'thread.message.in_progress', message },
    ],
    async rows(tx) {
      await insertMessage(tx, message)
      await insertStep(tx, step)
    },
  })

  const delta = (part: unknown) =>
    recorder.delta('thread.message.delta', {
      id: message.id,
      object: 'thread.message.delta',
      delta: { content: [part] },
    })
  images.forEach((file_id, index) => {
    message.body.content.push({ type: 'image_file', image_file: { file_id } })
    delta({ index, type: 'image_file', image_file: { file_id } })
  })

  /** The only thing of it that its caller may set meanwhile. The event of its end, made before, shows it as well. */
  const takeMetadata = async (tx: Transaction) => {
    const now = await getMessage(tx, run.project, run.thread_id, message.id)
    Object.assign(message.body.metadata, now?.body.metadata)
  }

  const scan = annotator(sources)
  const index = images.length
  let value = ''
  let started = false
  const annotations: Annotation[] = []
  const give = (text: AnnotatedText) => {
    if (text.value === '') return
    const added = text.annotations.map((note, place) => ({ index: annotations.length + place, ...note }))
    const withNotes = !started || added.length > 0
    delta({ index, type: 'text', text: { value: text.value, ...(withNotes && { annotations: added }) } })
    started = true
    value += text.value
    annotations.push(...text.annotations)
  }
  const settleContent = () => {
    give(scan.end())
    if (started || images.length === 0)
      message.body.content.push({ type: 'text', text: { value, annotations } })
  }

  return {
    append: (text) => give(scan.push(text)),
    flush: () => give(scan.end()),
    completion(usage) {
      settleContent()
      const now = nowSeconds()
      message.body.status = 'completed'
      message.body.completed_at = now
      step.status = 'completed'
      step.body.completed_at = now
      step.body.usage = usage
      return {
        events: [
          { event: 'thread.message.completed', message },
          { event: 'thread.run.step.completed', step, includeContent },
        ],
        async rows(tx) {
          await takeMetadata(tx)
          await updateMessage(tx, message)
          await updateStep(tx, step)
        },
      }
    },
    async save(tx, usage) {
      await takeMetadata(tx)
      const content = [...message.body.content]
      if (started) content.push({ type: 'text', text: { value, annotations } })
      await updateMessage(tx, { ...message, body: { ...message.body, content } })
      if (usage) await updateStep(tx, { ...step, body: { ...step.body, turn_usage: usage } })
    },
  }
}
