import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Message } from '../../../src/contract/messages.ts'
import type { Thread } from '../../../src/contract/threads.ts'

export type { Message, Thread }

const summary = { include: ['summary'] }

/** A thread with what the list shows of it. */
export const threadQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/threads', 'one', id],
    queryFn: ({ signal }) =>
      client.get<Thread>(`/threads/${encodeURIComponent(id)}`, { query: summary, signal }),
    refetchInterval: ({ state: { data } }) => (isAtWork(data) ? 2_000 : false),
  })

const working = new Set(['queued', 'in_progress', 'cancelling'])
/** Whether the newest run of the thread is going on by itself. */
export const isAtWork = (thread: Thread | undefined): boolean =>
  working.has(thread?.summary?.last_run?.status ?? '')

export const messageQuery = (client: OpenAI, threadId: string, id: string) =>
  queryOptions({
    queryKey: [`/threads/${threadId}/messages`, 'one', id],
    queryFn: ({ signal }) => client.get<Message>(`/threads/${threadId}/messages/${id}`, { signal }),
    staleTime: 30_000,
  })

/**
 * A new thread with the messages of another: up to the one named, or to the one before it. The other stays as it is.
 * Not in the original API.
 */
export const copyThread = (
  client: OpenAI,
  threadId: string,
  body: { through?: string; before?: string; metadata?: Record<string, string> } = {},
): Promise<OpenAI.Beta.Thread> => client.post(`/threads/${encodeURIComponent(threadId)}/copy`, { body })
