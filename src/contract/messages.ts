import { z } from 'zod'
import { object, variants } from './objects.ts'
import { list, refuseWhen, text, withDefault } from './limits.ts'
import { noSettings } from './tools.ts'
import { metadataOrEmpty, metadata, type Metadata } from './metadata.ts'

export interface FileCitation {
  type: 'file_citation'
  text: string
  start_index: number
  end_index: number
  /** The original had the id only. The quote is the passage, word for word. Pages count from 1. */
  file_citation: { file_id: string; quote?: string; page_start?: number; page_end?: number }
}

export interface FilePath {
  type: 'file_path'
  text: string
  start_index: number
  end_index: number
  file_path: { file_id: string }
}

/** Indexes count characters (code points) of the text's value. */
export type Annotation = FileCitation | FilePath

export type ImageDetail = 'auto' | 'low' | 'high'

export type MessageContent =
  | { type: 'text'; text: { value: string; annotations: Annotation[] } }
  | { type: 'image_file'; image_file: { file_id: string; detail?: ImageDetail } }
  | { type: 'image_url'; image_url: { url: string; detail?: ImageDetail } }
  | { type: 'refusal'; refusal: string }

export interface Attachment {
  file_id: string
  tools: ({ type: 'code_interpreter' } | { type: 'file_search' })[]
}

export type IncompleteReason =
  | 'content_filter'
  | 'max_tokens'
  | 'run_cancelled'
  | 'run_expired'
  | 'run_failed'

export interface Message {
  id: string
  object: 'thread.message'
  created_at: number
  assistant_id: string | null
  thread_id: string
  run_id: string | null
  status: 'in_progress' | 'incomplete' | 'completed'
  incomplete_details: { reason: IncompleteReason } | null
  incomplete_at: number | null
  completed_at: number | null
  role: 'user' | 'assistant'
  content: MessageContent[]
  attachments: Attachment[]
  metadata: Metadata
}

export type MessageBody = Omit<Message, 'id' | 'object' | 'thread_id' | 'run_id'> & HiddenOfMessage

/** Never shown by the Assistants API. */
export interface HiddenOfMessage {
  /** The message as an item of a conversation, where it came as one. */
  item?: object
}

export interface MessageRecord {
  seq: number
  id: string
  project: string
  thread_id: string
  run_id: string | null
  body: MessageBody
}

/** The newest messages of a thread, newest first. */
export interface NewestMessages {
  messages: MessageRecord[]
  /** Whether anything else than messages is in the thread. True where there is no message. */
  hasItems: boolean
}

/** Answers and events have the same shape, although the original left the four status fields out of answers. */
export const toMessage = ({ id, thread_id, run_id, body }: Omit<MessageRecord, 'seq'>): Message => ({
  id,
  object: 'thread.message',
  created_at: body.created_at,
  assistant_id: body.assistant_id,
  thread_id,
  run_id,
  status: body.status,
  incomplete_details: body.incomplete_details,
  incomplete_at: body.incomplete_at,
  completed_at: body.completed_at,
  role: body.role,
  content: body.content,
  attachments: body.attachments,
  metadata: body.metadata,
})

export interface MessageDeleted {
  id: string
  object: 'thread.message.deleted'
  deleted: true
}

/** The limit for one text part, in characters. */
const maxMessageText = 256_000

const emptyContent = { code: null, message: 'Message content must be non-empty.' }

const messageText = text(maxMessageText).check(
  refuseWhen((value) => (value === '' ? emptyContent : undefined)),
)

const detail = withDefault(z.enum(['auto', 'low', 'high']), 'auto')

/** data: URLs are accepted as well, although the original refused them. */
const imageUrl = z.string().check(
  refuseWhen((value) =>
    /^data:image\/(jpeg|jpg|png|gif|webp);base64,/i.test(value) ||
    (/^https?:\/\//i.test(value) && URL.canParse(value))
      ? undefined
      : {
          code: 'invalid_value',
          message: "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.",
        },
  ),
)

const textContent = (value: string): MessageContent => ({ type: 'text', text: { value, annotations: [] } })

const part = variants(
  object({ type: z.literal('text'), text: messageText }).transform(({ text }) => textContent(text)),
  object({
    type: z.literal('image_file'),
    image_file: object({ file_id: z.string(), detail }),
  }).transform((image): MessageContent => image),
  object({ type: z.literal('image_url'), image_url: object({ url: imageUrl, detail }) }).transform(
    (image): MessageContent => image,
  ),
)

const attachedTool = variants(
  object({ type: z.literal('code_interpreter'), code_interpreter: noSettings }).transform(({ type }) => ({
    type,
  })),
  object({ type: z.literal('file_search'), file_search: noSettings }).transform(({ type }) => ({ type })),
)

const attachment = object({ file_id: z.string(), tools: list(attachedTool, 128) })

export const createMessageRequest = object({
  role: z.enum(['user', 'assistant']),
  content: z.union([
    messageText.transform((value) => [textContent(value)]),
    list(part, Number.MAX_SAFE_INTEGER, 1),
  ]),
  attachments: withDefault(z.array(attachment), []),
  metadata: metadataOrEmpty,
})

/** The parsed request: content as it is stored, and the defaults `[]` for attachments and `{}` for metadata. */
export type CreateMessageRequest = z.output<typeof createMessageRequest>

export const modifyMessageRequest = object({ metadata: metadata.nullish() })
export type ModifyMessageRequest = z.output<typeof modifyMessageRequest>

/** A message that a caller adds. It is complete from the start and belongs to no assistant and no run. */
export const messageBody = (request: CreateMessageRequest, createdAt: number): MessageBody => ({
  created_at: createdAt,
  assistant_id: null,
  status: 'completed',
  incomplete_details: null,
  incomplete_at: null,
  completed_at: createdAt,
  role: request.role,
  content: request.content,
  attachments: request.attachments,
  metadata: request.metadata,
})

/** The ids of all files that a message names, without duplicates. */
export const filesOfMessage = (message: Pick<CreateMessageRequest, 'content' | 'attachments'>): string[] => [
  ...new Set([
    ...message.content.flatMap((part) => (part.type === 'image_file' ? [part.image_file.file_id] : [])),
    ...message.attachments.map((attachment) => attachment.file_id),
  ]),
]

/** The ids of the files that a message attaches for one of the tools, without duplicates. */
export const filesForTool = (
  message: Pick<CreateMessageRequest, 'attachments'>,
  type: Attachment['tools'][number]['type'],
): string[] => [
  ...new Set(
    message.attachments
      .filter((attachment) => attachment.tools.some((tool) => tool.type === type))
      .map((attachment) => attachment.file_id),
  ),
]
