import type { MessageItem, NewItem, OutputPart, OutputText } from '../contract/responses/items.ts'
import type { LogProb } from '../common/log-prob.ts'
import { logprobsOfEvent } from '../contract/responses/logprobs.ts'
import { toContainerFileId } from '../contract/responses/containers.ts'
import { countCharacters } from '../contract/limits.ts'
import type { UrlCitation } from '../engine/transcript.ts'
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
  /** How probable the tokens of the text were that is appended next. */
  weigh(logprobs: readonly LogProb[]): void
  /** Indexes count from the beginning of the message as it was given, with the markers that are not shown. */
  cite(citation: UrlCitation): void
  /** Shows the text that was held back, because a citation might have followed. */
  flush(): void
  /** The message is over. `closingEvents` are the events of that. */
  close(status: 'completed' | 'incomplete'): void
}

/**
 * `record` is that of a message without content, whose event has been given out. `pictures` are Files that programs have
 * shown since the last message.
 */
export function growMessage(
  output: Output,
  record: NewItem,
  { sources, pictures }: { sources: Sources; pictures: readonly string[] },
): GrowingMessage {
  const item = record.body.item as MessageItem
  const { container = '' } = output.run.state
  /** Files of the container, which are cited at the end of the text (as recorded). */
  let linked: FoundFile[] = []
  let shown = [...pictures]
  let reader = readSources(sources, 'leaveOut')
  /** Of tokens that are in no delta yet. */
  let waiting: LogProb[] = []
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
    const logprobs = logprobsOfEvent(waiting, output.run.request.include)
    part.logprobs.push(...waiting)
    waiting = []
    output.show('response.output_text.delta', { ...at(), delta: text, logprobs }, item.id)
  }

  function annotate(part: OutputText, annotation: object): void {
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
      if ('fileId' in one) linked.push(one)
      else annotate(part, citationOf(one))
    }
    say(part, rest.join(''))
  }

  /** A picture that the text does not link is cited at its beginning (as recorded). */
  function citeFiles(): void {
    const part = item.content.at(-1)
    if (part?.type !== 'output_text') return
    const isLinked = new Set(linked.map(({ fileId }) => fileId))
    for (const one of linked) annotate(part, containerFile(container, one))
    for (const fileId of shown.filter((id) => !isLinked.has(id))) annotate(part, picture(container, fileId))
    linked = []
    shown = []
  }

  function flush(): void {
    give(reader.end())
    const part = item.content.at(-1)
    if (part?.type === 'output_text') part.logprobs.push(...waiting)
    waiting = []
    citeFiles()
  }

  function cite({ url, title, start, end }: UrlCitation): void {
    annotate(open(emptyText()), {
      type: 'url_citation',
      end_index: reader.placeOf(end),
      start_index: reader.placeOf(start),
      title,
      url,
    })
  }

  return {
    record,
    cite,
    weigh: (logprobs) => void waiting.push(...logprobs),
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
      if (item.content.length === 0 && status === 'completed') {
        open(emptyText())
        citeFiles()
      }
      item.status = status
    },
  }
}

export const emptyText = (): OutputText => ({ type: 'output_text', annotations: [], logprobs: [], text: '' })

type FoundFile = Extract<FoundSource, { fileId: string }>

function citationOf({ cited, start }: Exclude<FoundSource, FoundFile>): object {
  const { file_id, filename } = cited
  return { type: 'file_citation', file_id, filename, index: start }
}

const containerFile = (container_id: string, { fileId, path, start, end }: FoundFile) => ({
  type: 'container_file_citation',
  container_id,
  end_index: end,
  file_id: toContainerFileId(fileId),
  filename: path.slice(path.lastIndexOf('/') + 1),
  start_index: start,
})

const picture = (container: string, fileId: string) =>
  containerFile(container, { fileId, path: `${toContainerFileId(fileId)}.png`, text: '', start: 0, end: 0 })
