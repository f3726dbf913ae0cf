import { z } from 'zod'
import { pageQuery } from '../list.ts'
import { withDefault } from '../limits.ts'
import { metadata, type Metadata } from '../metadata.ts'
import { object } from '../objects.ts'
import type { ThreadRecord } from '../threads.ts'
import { readItems, type InputItem } from './input-items.ts'
import { missing, reading, Refused, wrongType } from './refused.ts'
import { includable } from './shown-item.ts'

/** A thread as the other API shows it. The ids of both differ in their prefix only. */
export interface Conversation {
  id: string
  object: 'conversation'
  created_at: number
  metadata: Metadata
}

export interface ConversationDeleted {
  id: string
  object: 'conversation.deleted'
  deleted: true
}

const prefix = { conversation: 'conv_', thread: 'thread_' }

export const toConversationId = (threadId: string): string =>
  prefix.conversation + threadId.slice(prefix.thread.length)

/** Undefined for what is no id of a conversation. */
export const toThreadId = (conversationId: string): string | undefined =>
  conversationId.startsWith(prefix.conversation)
    ? prefix.thread + conversationId.slice(prefix.conversation.length)
    : undefined

export const toConversation = ({ id, body }: Pick<ThreadRecord, 'id' | 'body'>): Conversation => ({
  id: toConversationId(id),
  object: 'conversation',
  created_at: body.created_at,
  metadata: body.metadata,
})

const maxItems = 20

const itemsOf = (isStrict: boolean) =>
  reading((value): InputItem[] => {
    if (value === undefined) throw missing([])
    if (!Array.isArray(value)) throw wrongType([], 'an array of input items', value)
    if (value.length > maxItems)
      throw new Refused({
        code: 'array_above_max_length',
        message: `Invalid '{param}': array too long. Expected an array with maximum length ${maxItems}, but got an array with length ${value.length} instead.`,
      })
    return readItems(value, isStrict)
  })
const items = itemsOf(false)
const strictItems = itemsOf(true)

export const createConversationRequest = object({
  metadata: withDefault(metadata, {}),
  items: withDefault(items, []),
})

export const modifyConversationRequest = object({ metadata: metadata.nullable() })

export const createItemsRequest = object({ items })

/** The same, which refuse what the original refused of items and this server forgives. */
export const strictCreateConversationRequest = createConversationRequest.extend({
  items: withDefault(strictItems, []),
})
export const strictCreateItemsRequest = object({ items: strictItems })

const include = z.array(z.enum(includable)).default([])
export const itemsQuery = pageQuery.extend({ include })
export const itemQuery = z.object({ include })
