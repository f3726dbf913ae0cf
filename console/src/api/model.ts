import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Model } from '../../../src/contract/models.ts'

/** A model by its name, with what the name leads to. */
export const modelQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['models', id],
    queryFn: ({ signal }) =>
      // A name may contain slashes, which stay as they are.
      client.get<Model>(`/models/${id.split('/').map(encodeURIComponent).join('/')}`, { signal }),
    staleTime: 30_000,
  })
