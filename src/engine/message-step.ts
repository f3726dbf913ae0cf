import type { NewEvent } from '../contract/kept-events.ts'
import type { RunUsage } from '../contract/runs.ts'
import type { Transaction } from '../store/database.ts'
import { getMessage, updateMessage } from '../store/messages.ts'
import { completeMessage, messageDelta, newMessageStep } from '../store/new-message-step.ts'
import { updateStep } from '../store/run-steps.ts'
import type { Sources } from './annotate.ts'
import { growContent, type GrowingContent } from './message-content.ts'
import type { Recorder } from './recorder.ts'

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
    recorder.delta('thread.message.delta', messageDelta(message.id, part)),
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
        events: completeMessage(message, step, { content: content.parts(), usage }),
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
