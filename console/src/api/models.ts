import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Model } from '../../../src/contract/models.ts'

/** The models that assistants can name, in the order of the server. */
export const modelsQuery = (client: OpenAI) =>
  queryOptions({
    queryKey: ['models'],
    queryFn: async ({ signal }) => (await client.models.list({ signal })).data as Model[],
    staleTime: 30_000,
  })
