import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { Model } from '../../../src/contract/models.ts'

/** The models that assistants can name, in the order of the server. */
export const modelsQuery = (client: OpenAI) =>
  queryOptions({
    queryKey: ['models'],
    queryFn: async ({ signal }) => {
      const query = { 'include[]': 'served_by' }
      return (await client.get<List<Model>>('/models', { query, signal })).data
    },
    staleTime: 30_000,
  })
