import type { MessageItem, NewItem, OutputPart, OutputText } from '../contract/responses/items.ts'
import { partDone } from './closing.ts'
import { eventData } from './events.ts'
import type { Output } from './output.ts'

/** A message that grows. Its parts follow each other, and each one is closed before the next one begins. */
export interface GrowingMessage {
  readonly record: NewItem
  append(text: string): void
  refuse(text: string): void
  /** The message is over. `closingEvents` are the events of that. */
  close(status: 'completed' | 'incomplete'): void
}

/** `record` is that of a message without content, whose event has been given out. */
export function growMessage(output: Output, record: NewItem): GrowingMessage {
  const item = record.body.item as MessageItem
  const at = () => ({
    item_id: item.id,
    output_index: record.output_index ?? 0,
    content_index: item.content.length - 1,
  })

  /** The part of this type that is being written. */
  function open<Part extends OutputPart>(empty: Part): Part {
    const last = item.content.at(-1)
    if (last?.type === empty.type) return last as Part
    for (const given of partDone(output.run, record)) output.show(given.event, eventData(given))
    item.content.push(empty)
    output.show('response.content_part.added', { ...at(), part: empty })
    return empty
  }

  return {
    record,
    append(text) {
      if (text === '') return
      const part = open(emptyText())
      part.text += text
      output.show('response.output_text.delta', { ...at(), delta: text, logprobs: [] }, item.id)
    },
    refuse(text) {
      if (text === '') return
      const part = open({ type: 'refusal', refusal: '' })
      part.refusal += text
      output.show('response.refusal.delta', { ...at(), delta: text }, item.id)
    },
    close(status) {
      if (item.content.length === 0 && status === 'completed') open(emptyText())
      item.status = status
    },
  }
}

const emptyText = (): OutputText => ({ type: 'output_text', annotations: [], logprobs: [], text: '' })
