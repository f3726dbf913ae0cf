import { z } from 'zod'
import { givenId } from './given-id.ts'
import { object } from './objects.ts'
import { optional, withDefault } from './limits.ts'
import { defaultRequestLimits, newMessages, type RequestLimits } from './request-limits.ts'
import { metadata, metadataOrEmpty, type Metadata } from './metadata.ts'
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
}

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

/** For create-and-run, where the thread may be left out. */
export const optionalThread = optional(createThreadRequest)
