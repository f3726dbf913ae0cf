import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { Message } from '../../../src/contract/messages.ts'
import type { Run } from '../../../src/contract/runs.ts'
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

/** The message of the user that a run answers. Null when there is none among the newest. */
export const askedMessageQuery = (client: OpenAI, run: Pick<Run, 'id' | 'thread_id' | 'created_at'>) =>
  queryOptions({
    queryKey: [`/threads/${run.thread_id}/messages`, 'asked', run.id],
    async queryFn({ signal }): Promise<Message | null> {
      const query = { limit: 100, order: 'desc' }
      const path = `/threads/${encodeURIComponent(run.thread_id)}/messages`
      const { data } = await client.get<List<Message>>(path, { query, signal })
      // Times are whole seconds: what the run has answered itself says more exactly where it begins.
      const before = data.findLastIndex(({ run_id }) => run_id === run.id) + 1
      const isAsked = ({ role, created_at }: Message) => role === 'user' && created_at <= run.created_at
      return data.slice(before).find(isAsked) ?? null
    },
    staleTime: Infinity,
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
