import { z } from 'zod'
import { givenId } from './given-id.ts'
import { object } from './objects.ts'
import { idBeginningWith, optional, refuseWhen, withDefault } from './limits.ts'
import { defaultRequestLimits, newMessages, type RequestLimits } from './request-limits.ts'
import { metadata, metadataOrEmpty, type Metadata } from './metadata.ts'
import type { Run } from './runs.ts'
import {
  newToolResources,
  onlyWhatIsSet,
  toolResources,
  withCodeInterpreter,
  type ToolResources,
} from './tool-resources.ts'

export interface Thread {
  id: string
  object: 'thread'
  created_at: number
  metadata: Metadata
  tool_resources: ToolResources
  summary?: ThreadSummary
}

/** An addition to the original, shown when it is asked for with `include[]=summary`. */
export interface ThreadSummary {
  /** The beginning of the first user message, in one line. Null when there is none with text. */
  title: string | null
  messages: number
  last_message_at: number | null
  last_run: Pick<Run, 'id' | 'status' | 'assistant_id' | 'model' | 'created_at'> | null
  /**
   * Only in a list that was asked for words: the message in which they were found, and the text around the first of them.
   * Null when they were found in the metadata, or when the thread was found by its id or that of a run.
   */
  matched?: { message_id: string; text: string } | null
}

export const includeSummaryValue = 'summary'

export interface ThreadBody {
  created_at: number
  metadata: Metadata
  tool_resources: ToolResources
}

export interface ThreadRecord {
  seq: number
  id: string
  project: string
  body: ThreadBody
}

/**
 * `answer` is the shape in the answer to a POST, which shows only the resources that were set. `read` is the shape in
 * the answer to a GET, in a list and in the event thread.created, which always show a list for code interpreter.
 */
export const toThread = ({ id, body }: Omit<ThreadRecord, 'seq'>, kind: 'answer' | 'read'): Thread => ({
  id,
  object: 'thread',
  created_at: body.created_at,
  metadata: body.metadata,
  tool_resources:
    kind === 'answer' ? onlyWhatIsSet(body.tool_resources) : withCodeInterpreter(body.tool_resources),
})

export interface ThreadDeleted {
  id: string
  object: 'thread.deleted'
  deleted: true
}

export const createThreadRequest = object({
  id: givenId('thread'),
  messages: newMessages(defaultRequestLimits),
  tool_resources: withDefault(newToolResources, {}),
  metadata: metadataOrEmpty,
})
/** The same request with the limits of this server. */
export const createThreadRequestWithin = (limits: RequestLimits) =>
  createThreadRequest.extend({ messages: newMessages(limits) })
export type CreateThreadRequest = z.output<typeof createThreadRequest>

/** Null sets a field to its default. A field that is left out keeps its value. */
export const modifyThreadRequest = object({
  tool_resources: toolResources.nullish(),
  metadata: metadata.nullish(),
})
export type ModifyThreadRequest = z.output<typeof modifyThreadRequest>

/** An addition to the original: a copy of a thread, of all of it or up to a message. Metadata is that of the thread unless it is given. */
export const copyThreadRequest = object({
  through: optional(idBeginningWith('msg')),
  before: optional(idBeginningWith('msg')),
  metadata: metadata.nullish(),
}).check(
  refuseWhen(({ through, before }) =>
    through === undefined || before === undefined
      ? undefined
      : {
          code: 'invalid_value',
          message: "Invalid '{param}': only one of 'through' and 'before' may be given.",
          path: ['before'],
        },
  ),
)
export type CopyThreadRequest = z.output<typeof copyThreadRequest>

/** For create-and-run, where the thread may be left out. */
export const optionalThread = optional(createThreadRequest)
