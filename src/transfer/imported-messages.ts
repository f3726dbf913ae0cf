import { z } from 'zod'
import { object } from '../contract/objects.ts'
import { filesOfMessage, type MessageRecord } from '../contract/messages.ts'
import { metadataOrEmpty } from '../contract/metadata.ts'
import {
  fieldsOf,
  importedId,
  optionalId,
  optionalTime,
  parseImported,
  time,
  type NoteLeftOut,
} from './parse-imported.ts'
import type { WireObject } from './read-objects.ts'

const place = { text: z.string(), start_index: z.int().min(0), end_index: z.int().min(0) }
const citation = z.object({
  type: z.literal('file_citation'),
  ...place,
  file_citation: z.object({
    file_id: z.string(),
    quote: z.string().nullish(),
    page_start: z.int().nullish(),
    page_end: z.int().nullish(),
  }),
})
const filePath = z.object({
  type: z.literal('file_path'),
  ...place,
  file_path: z.object({ file_id: z.string() }),
})
const annotation = z.discriminatedUnion('type', [citation, filePath]).transform((given) => {
  if (given.type === 'file_path') return given
  const { file_id, quote, page_start, page_end } = given.file_citation
  return {
    ...given,
    file_citation: {
      file_id,
      ...(quote != null && { quote }),
      ...(page_start != null && { page_start }),
      ...(page_end != null && { page_end }),
    },
  }
})

/**
 * Annotations of unknown types are dropped, because no client of this API knows them and the text is complete without
 * them.
 */
const annotations = z
  .array(annotation.or(z.unknown().transform(() => undefined)))
  .nullish()
  .transform((all) => (all ?? []).filter((one) => one !== undefined))

const text = z.union([
  z.string().transform((value) => ({ value, annotations: [] })),
  z.object({ value: z.string(), annotations }),
])
const detail = z
  .enum(['auto', 'low', 'high'])
  .nullish()
  .transform((given) => given ?? ('auto' as const))

const content = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text }),
  z.object({ type: z.literal('image_file'), image_file: z.object({ file_id: z.string(), detail }) }),
  z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string(), detail }) }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
])

const tool = z.object({ type: z.enum(['code_interpreter', 'file_search']) })
const attachment = z.object({
  file_id: optionalId,
  tools: z
    .array(tool)
    .nullish()
    .transform((all) => all ?? []),
})

const reasons = ['content_filter', 'max_tokens', 'run_cancelled', 'run_expired', 'run_failed'] as const

const message = object({
  thread_id: z.string(),
  created_at: time,
  assistant_id: optionalId,
  run_id: optionalId,
  status: z.enum(['in_progress', 'incomplete', 'completed']).nullish(),
  incomplete_details: z.object({ reason: z.enum(reasons) }).nullish(),
  incomplete_at: optionalTime,
  completed_at: optionalTime,
  role: z.enum(['user', 'assistant']),
  content: z.array(content),
  attachments: z.array(attachment).nullish(),
  metadata: metadataOrEmpty,
})

/**
 * Parses a message. If it has no status, as in some answers of the original, it counts as completed. A message that was
 * still being written when it was saved becomes incomplete, because nobody continues it.
 */
export function importedMessage(given: WireObject, leftOut?: NoteLeftOut): Omit<MessageRecord, 'seq'> {
  const one = parseImported(message, fieldsOf(given, 'id', 'object'), leftOut)
  const broken = one.status === 'in_progress' || one.status === 'incomplete'
  return {
    id: importedId('thread.message', given.id),
    project: 'default',
    thread_id: importedId('thread', one.thread_id),
    run_id: one.run_id,
    body: {
      created_at: one.created_at,
      assistant_id: one.assistant_id,
      status: broken ? 'incomplete' : 'completed',
      incomplete_details: broken ? (one.incomplete_details ?? { reason: 'run_failed' }) : null,
      incomplete_at: broken ? (one.incomplete_at ?? one.created_at) : null,
      completed_at: broken ? null : (one.completed_at ?? one.created_at),
      role: one.role,
      content: one.content,
      attachments: (one.attachments ?? []).flatMap(({ file_id, tools }) =>
        file_id === null ? [] : [{ file_id, tools }],
      ),
      metadata: one.metadata,
    },
  }
}

/** The ids of all files that a message refers to, including those in annotations of its text. */
export const filesNamedBy = ({ body }: Pick<MessageRecord, 'body'>): string[] => [
  ...filesOfMessage(body),
  ...body.content.flatMap((part) =>
    part.type === 'text'
      ? part.text.annotations.map((one) =>
          one.type === 'file_path' ? one.file_path.file_id : one.file_citation.file_id,
        )
      : [],
  ),
]
