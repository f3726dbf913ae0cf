import { infiniteQueryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { Run } from '../api/runs.ts'
import type { Message } from '../api/thread.ts'

export interface ConversationPage {
  messages: Message[]
  /** Those that were made in the time of the messages. */
  runs: Run[]
  next: string | null
}

/** Oldest first, newest first, or from one message on. */
export interface Where {
  order: 'asc' | 'desc'
  from: string | null
}

const pageSize = 50

/** The messages of a thread page by page, and the runs beside them, because a run that failed may have no message. */
export const conversationQuery = (client: OpenAI, threadId: string, { order, from }: Where) =>
  infiniteQueryOptions({
    queryKey: [`/threads/${threadId}/messages`, 'conversation', order, from],
    initialPageParam: null as string | null,
    getNextPageParam: (page: ConversationPage) => page.next,
    async queryFn({ pageParam, signal }): Promise<ConversationPage> {
      const path = `/threads/${threadId}/messages`
      const after = pageParam ?? from
      const [list, first] = await Promise.all([
        client.get<List<Message>>(path, {
          query: { limit: pageSize, order, ...(after && { after }) },
          signal,
        }),
        pageParam === null && from !== null ? client.get<Message>(`${path}/${from}`, { signal }) : undefined,
      ])
      const messages = first ? [first, ...list.data] : list.data
      const runs = await runsBeside(client, threadId, {
        messages,
        order,
        isFirst: after === null,
        isLast: !list.has_more,
        signal,
      })
      return { messages, runs, next: list.has_more ? list.last_id : null }
    },
  })

interface Beside {
  messages: Message[]
  order: Where['order']
  /** Whether there are no messages before, or after, these. */
  isFirst: boolean
  isLast: boolean
  signal: AbortSignal
}

async function runsBeside(client: OpenAI, threadId: string, beside: Beside): Promise<Run[]> {
  const times = beside.messages.map(({ created_at }) => created_at)
  const isOpenBefore = beside.order === 'asc' ? beside.isFirst : beside.isLast
  const isOpenAfter = beside.order === 'asc' ? beside.isLast : beside.isFirst
  const { data } = await client.get<List<Run>>('/runs', {
    query: {
      thread_id: threadId,
      limit: 100,
      ...(!isOpenBefore && { 'created_at[gte]': Math.min(...times) }),
      ...(!isOpenAfter && { 'created_at[lte]': Math.max(...times) }),
    },
    signal: beside.signal,
  })
  return data
}
