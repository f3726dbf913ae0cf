import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord, RunUsage } from '../contract/runs.ts'
import type { MessageWriter } from '../engine/transcript.ts'
import type { Recorder } from '../engine/recorder.ts'
import { BeginAgain, type Transaction } from '../store/database.ts'
import { getMessage, updateMessage, updateUnchanged } from '../store/messages.ts'
import { forgetEvents } from '../store/run-log.ts'
import { updateStep } from '../store/run-steps.ts'
import type { Sources } from '../tools/sources.ts'
import type { EventName } from './event-names.ts'
import type { AssistantsEvent } from './events.ts'
import { growContent, type GrowingContent } from './message-content.ts'
import { completeMessage, messageDelta, newMessageStep } from './new-message-step.ts'

/** The step that creates one message. The content of the message grows with each delta. */
export interface MessageStep extends Omit<MessageWriter, 'id'>, Pick<GrowingContent, 'flush'> {
  readonly step: Omit<RunStepRecord, 'seq'>
  /** What has to be written to complete the message, either alone or together with the end of the run. */
  completion(usage: RunUsage): Completion
  /** Writes the content so far, for a run that ends in the middle of the message. `flush` must be called before. */
  save(tx: Transaction, usage?: RunUsage): Promise<void>
}

export interface Completion {
  events: AssistantsEvent[]
  rows: (tx: Transaction) => Promise<void>
  /** Runs in the same transaction, after the events were written to the log. */
  afterEvents: (tx: Transaction) => Promise<void>
}

/**
 * Opens the step and its message. `images` are files that tools have made since the last message; they come first in
 * the content.
 */
export function openMessageStep(
  recorder: Recorder<RunRecord>,
  images: string[],
  sources: Sources,
): MessageStep {
  const { run } = recorder
  const { message, step, begun, opening, insert } = newMessageStep(run)
  let written = ''
  const opened = recorder.open({
    events: opening,
    rows(tx, as) {
      insert(tx, as)
      written = JSON.stringify((as === 'begun' ? begun.message : message).body)
    },
  })
  const content = growContent(images, sources, (part) =>
    recorder.delta('thread.message.delta' satisfies EventName, messageDelta(message.id, part), message.id),
  )

  /** Whether somebody else has changed or deleted the message. */
  let isTouched = false
  let isDeleted = false
  const readBefore = () => {
    isTouched = true
    return new BeginAgain()
  }

  /**
   * While the message is written its caller may change its metadata, which stay as the caller has set them, or delete it.
   * The event of its end shows the metadata as well, although that event is made before this is called.
   */
  async function update(tx: Transaction, body = message.body): Promise<void> {
    if (!isTouched) return updateUnchanged(tx, { ...message, body }, { written, refusal: readBefore })
    await tx.lock('messages', message.id)
    const now = await getMessage(tx, run.project, run.thread_id, message.id)
    isDeleted = now === undefined
    if (!now) return
    const { metadata } = now.body
    message.body.metadata = metadata
    updateMessage(tx, { ...message, body: { ...body, metadata } })
  }

  function completion(usage: RunUsage): Completion {
    content.flush()
    return {
      events: completeMessage(message, step, { content: content.parts(), usage }),
      async rows(tx) {
        // Otherwise this transaction inserts them as they are now.
        if (!opened.isOnDisk) return
        updateStep(tx, step)
        await update(tx)
      },
      // What was written about the message since it was deleted must not stay in the log either.
      async afterEvents(tx) {
        if (isDeleted) await forgetEvents(tx, run.id, message.id)
      },
    }
  }
  return {
    step,
    append: (text) => content.append(text),
    refuse: (text) => content.refuse(text),
    flush: () => content.flush(),
    completion,
    complete: (usage) => recorder.write({ ...completion(usage), gotOn: true }),
    async save(tx, usage) {
      await update(tx, { ...message.body, content: content.parts() })
      if (usage) updateStep(tx, { ...step, body: { ...step.body, turn_usage: usage } })
    },
  }
}
