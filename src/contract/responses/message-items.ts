import { fileOfProject } from './containers.ts'
import type { Annotation, MessageBody, MessageContent, MessageRecord } from '../messages.ts'
import type { InputFile, InputImage, InputPart, MessageItem, OutputPart, OutputText } from './items.ts'
import { isFields } from './refused.ts'

/** A message of a thread as an item of a conversation. */
export function toMessageItem({ id, body }: Pick<MessageRecord, 'id' | 'body'>): MessageItem {
  if (body.item) return { ...(body.item as MessageItem), id }
  const parts = body.content.map((part) => (body.role === 'user' ? inputPart(part) : outputPart(part)))
  return {
    id,
    type: 'message',
    status: body.status === 'in_progress' ? 'in_progress' : body.status,
    content: parts,
    role: body.role,
  }
}

function inputPart(part: MessageContent): InputPart | OutputPart {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text.value }
    case 'image_file':
      return {
        type: 'input_image',
        detail: part.image_file.detail ?? 'auto',
        file_id: part.image_file.file_id,
      }
    case 'image_url':
      return { type: 'input_image', detail: part.image_url.detail ?? 'auto', image_url: part.image_url.url }
    case 'refusal':
      return part
  }
}

/** Pictures of the assistant have no form in an item, so they are named. */
function outputPart(part: MessageContent): OutputPart {
  if (part.type === 'refusal') return part
  if (part.type === 'text') return { type: 'output_text', ...withoutMarkers(part.text) }
  const picture = part.type === 'image_file' ? part.image_file.file_id : part.image_url.url
  return { type: 'output_text', annotations: [], logprobs: [], text: `[picture ${picture}]` }
}

/**
 * A text of an item has no markers of citations, only their places. The spaces before a marker go with it, unless a word follows,
 * as in a text that a response has written.
 */
function withoutMarkers({
  value,
  annotations,
}: Extract<MessageContent, { type: 'text' }>['text']): Omit<OutputText, 'type'> {
  // Indexes of annotations count code points.
  const characters = Array.from(value)
  let text = ''
  let length = 0
  let spaces = ''
  let from = 0
  const keep = (to: number) => {
    const part = characters.slice(from, to).join('')
    if (part === '') return
    const kept = /^[\p{L}\p{N}]/u.test(part) ? spaces : ''
    text += kept + part
    length += kept.length + to - from
    spaces = ''
    from = to
  }
  const notes = annotations
    .toSorted((a, b) => a.start_index - b.start_index)
    .map((note): object => {
      keep(note.start_index)
      if (note.type === 'file_path')
        return { type: 'file_path', file_id: note.file_path.file_id, index: length }
      from = Math.max(from, note.end_index)
      let end = text.length
      while (text[end - 1] === ' ' || text[end - 1] === '\t') end--
      length -= text.length - end
      spaces = text.slice(end) || spaces
      text = text.slice(0, end)
      const { file_id } = note.file_citation
      return { type: 'file_citation', file_id, filename: nameInMarker(note.text), index: length }
    })
  keep(characters.length)
  return { annotations: notes, logprobs: [], text }
}

/** A marker of an imported message may have any form. */
const nameInMarker = (marker: string) => /†([^†】]*)】$/.exec(marker)?.[1] ?? marker

/** An item as a message of a thread. Only messages of the user and of the assistant have that form. */
export function toMessageBody(item: MessageItem, createdAt: number): MessageBody {
  const isIncomplete = item.status === 'incomplete'
  return {
    created_at: createdAt,
    assistant_id: null,
    status: isIncomplete ? 'incomplete' : 'completed',
    incomplete_details: isIncomplete ? { reason: 'max_tokens' } : null,
    incomplete_at: isIncomplete ? createdAt : null,
    completed_at: isIncomplete ? null : createdAt,
    role: item.role === 'user' ? 'user' : 'assistant',
    content: item.content.map(contentOf),
    attachments: [],
    metadata: {},
    item,
  }
}

function contentOf(part: InputPart | OutputPart): MessageContent {
  switch (part.type) {
    case 'refusal':
      return part
    case 'input_image': {
      const detail = detailOf(part)
      return part.file_id === undefined
        ? { type: 'image_url', image_url: { url: part.image_url ?? '', detail } }
        : { type: 'image_file', image_file: { file_id: part.file_id, detail } }
    }
    case 'input_file':
      return { type: 'text', text: { value: textOfFile(part), annotations: [] } }
    default:
      return {
        type: 'text',
        text: { value: part.text, annotations: 'annotations' in part ? pathsIn(part) : [] },
      }
  }
}

/** Providers know no more than three. */
export const detailOf = ({ detail }: InputImage): 'auto' | 'low' | 'high' =>
  detail === 'original' ? 'high' : detail

/** A file as whoever reads text alone is told of it. */
export const textOfFile = ({ filename = 'document', text = '' }: InputFile): string =>
  `File ${JSON.stringify(filename)}:\n\n${text.trim() === '' ? '(There is no text in it.)' : text}`

/** The links to files of a container that are Files of the project as well. Annotations of a request may be anything. */
const pathsIn = ({ text, annotations }: OutputText): Annotation[] =>
  annotations
    .filter(isFields)
    .flatMap(({ type, file_id, start_index: start, end_index: end }): Annotation[] => {
      const isLink = type === 'container_file_citation' && isIndex(start) && isIndex(end) && start < end
      const id = isLink && typeof file_id === 'string' ? fileOfProject(file_id) : undefined
      if (!isLink || id === undefined) return []
      const link = Array.from(text).slice(start, end).join('')
      const span = { text: link, start_index: start, end_index: end }
      return [{ type: 'file_path', ...span, file_path: { file_id: id } }]
    })

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
