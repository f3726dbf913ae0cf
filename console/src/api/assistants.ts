import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Assistant } from '../../../src/contract/assistants.ts'
import type { Thread } from '../../../src/contract/threads.ts'
import { useClient } from './client.ts'
import { visible } from '../parts/visible.ts'

/** All assistants, page after page: the newest first, unless the order is another. With words only those that have them. */
export const assistantsQuery = (client: OpenAI, words = '', order: Record<string, string | undefined> = {}) =>
  infiniteQueryOptions({
    queryKey: ['assistants', 'list', words, order],
    queryFn: ({ pageParam, signal }): Promise<{ data: Assistant[]; has_more: boolean }> =>
      client.get('/assistants', {
        signal,
        query: {
          limit: 100,
          ...(pageParam !== undefined && { after: pageParam }),
          ...(words && { query: words }),
          ...order,
        },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ data, has_more }) => (has_more ? data.at(-1)?.id : undefined),
  })

export const assistantQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['assistants', id],
    queryFn: async ({ signal }) =>
      (await client.beta.assistants.retrieve(id, { signal })) as unknown as Assistant,
    staleTime: 30_000,
  })

/** Undefined while it is not known, and when the assistant was deleted. */
export function useAssistant(id: string | null | undefined): Assistant | undefined {
  const client = useClient()
  return useQuery({ ...assistantQuery(client, id ?? ''), enabled: Boolean(id) }).data
}

/** What people call it. */
export const nameOf = ({ name, id }: Pick<Assistant, 'name' | 'id'>): string => visible(name) ?? id

/** The newest threads in which the assistant has answered, each with its summary. */
export const threadsOfAssistantQuery = (client: OpenAI, assistantId: string) =>
  queryOptions({
    queryKey: ['threads', 'of', assistantId],
    async queryFn({ signal }): Promise<Thread[]> {
      const query = { assistant_id: assistantId, limit: 100, 'include[]': 'summary' }
      const { data } = await client.get<{ data: Thread[] }>('/threads', { query, signal })
      return data
    },
  })
