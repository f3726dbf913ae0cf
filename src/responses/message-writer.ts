import type { MessageItem, NewItem, OutputPart, OutputText } from '../contract/responses/items.ts'
import { countCharacters } from '../contract/limits.ts'
import { readSources, type FoundSource, type ReadText } from '../tools/read-sources.ts'
import type { Sources } from '../tools/sources.ts'
import { partDone } from './closing.ts'
import { eventData } from './events.ts'
import type { Output } from './output.ts'

/** A message that grows. Its parts follow each other, and each one is closed before the next one begins. */
export interface GrowingMessage {
  readonly record: NewItem
  append(text: string): void
  refuse(text: string): void
  /** Shows the text that was held back, because a citation might have followed. */
  flush(): void
  /** The message is over. `closingEvents` are the events of that. */
  close(status: 'completed' | 'incomplete'): void
}

/** `record` is that of a message without content, whose event has been given out. */
export function growMessage(output: Output, record: NewItem, sources: Sources): GrowingMessage {
  const item = record.body.item as MessageItem
  let reader = readSources(sources, 'leaveOut')
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
    output.show('response.content_part.added', { ...at(), part: structuredClone(empty) })
    return empty
  }

  function say(part: OutputText, text: string): void {
    if (text === '') return
    part.text += text
    output.show('response.output_text.delta', { ...at(), delta: text, logprobs: [] }, item.id)
  }

  function annotate(part: OutputText, found: FoundSource): void {
    const annotation = annotationOf(found)
    const annotation_index = part.annotations.push(annotation) - 1
    output.show('response.output_text.annotation.added', { ...at(), annotation_index, annotation })
  }

  /** The text with its annotations, each of which follows the text that it tells of. */
  function give({ value, found }: ReadText): void {
    if (value === '' && found.length === 0) return
    const part = open(emptyText())
    if (found.length === 0) return say(part, value)
    const rest = Array.from(value)
    let place = countCharacters(part.text)
    for (const one of found) {
      say(part, rest.splice(0, one.end - place).join(''))
      place = one.end
      annotate(part, one)
    }
    say(part, rest.join(''))
  }

  const flush = () => give(reader.end())

  return {
    record,
    append: (text) => give(reader.push(text)),
    flush,
    refuse(text) {
      if (text === '') return
      flush()
      const part = open({ type: 'refusal', refusal: '' })
      part.refusal += text
      output.show('response.refusal.delta', { ...at(), delta: text }, item.id)
      // Indexes count from the beginning of the part that follows.
      reader = readSources(sources, 'leaveOut')
    },
    close(status) {
      flush()
      if (item.content.length === 0 && status === 'completed') open(emptyText())
      item.status = status
    },
  }
}

const emptyText = (): OutputText => ({ type: 'output_text', annotations: [], logprobs: [], text: '' })

function annotationOf(found: FoundSource): object {
  if ('fileId' in found) return { type: 'file_path', file_id: found.fileId, index: found.start }
  const { file_id, filename } = found.cited
  return { type: 'file_citation', file_id, filename, index: found.start }
}
