import { infiniteQueryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Message } from '../../../src/contract/messages.ts'

/** A page of messages, the newest first. */
export interface MessagePage {
  data: Message[]
  has_more: boolean
}

type Messages = InfiniteData<MessagePage, string | undefined>

/**
 * The messages of a thread, page after page towards the oldest. What a run adds is put in as it streams, so nothing is
 * asked twice.
 */
export const messagesQuery = (client: OpenAI, threadId: string) =>
  infiniteQueryOptions({
    queryKey: ['threads', threadId, 'messages'],
    async queryFn({ pageParam, signal }): Promise<MessagePage> {
      const { data, has_more } = await client.beta.threads.messages.list(
        threadId,
        { limit: 100, order: 'desc', ...(pageParam !== undefined && { after: pageParam }) },
        { signal },
      )
      return { data: data as unknown as Message[], has_more: has_more ?? false }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ data, has_more }) => (has_more ? data.at(-1)?.id : undefined),
    staleTime: Infinity,
  })

/** Asks for the messages that came after the newest one that is known. */
export async function loadNewerMessages(
  client: OpenAI,
  queries: QueryClient,
  threadId: string,
): Promise<void> {
  const { queryKey } = messagesQuery(client, threadId)
  const known = queries.getQueryData<Messages>(queryKey)
  if (!known) return
  const newest = known.pages[0]?.data[0]?.id
  const page = await client.beta.threads.messages.list(threadId, {
    limit: 100,
    ...(newest === undefined ? { order: 'desc' as const } : { order: 'asc' as const, after: newest }),
  })
  putMessages(queries, threadId, page.data as unknown as Message[])
}

/** Puts messages in the place of those with the same ids, and new ones where their time says. */
export function putMessages(queries: QueryClient, threadId: string, messages: readonly Message[]): void {
  if (messages.length === 0) return
  queries.setQueryData<Messages>(['threads', threadId, 'messages'], (known) => {
    if (!known) return known
    const given = new Map(messages.map((message) => [message.id, message]))
    const pages = known.pages.map((page) => {
      if (!page.data.some(({ id }) => given.has(id))) return page
      const data = page.data.map((message) => {
        const changed = given.get(message.id)
        given.delete(message.id)
        return changed ?? message
      })
      return { ...page, data }
    })
    const first = pages[0] ?? { data: [], has_more: false }
    if (given.size > 0) {
      const data = [...first.data]
      for (const message of given.values()) {
        const place = data.findIndex(({ created_at }) => created_at <= message.created_at)
        data.splice(place === -1 ? data.length : place, 0, message)
      }
      pages[0] = { ...first, data }
    }
    return { ...known, pages }
  })
}
