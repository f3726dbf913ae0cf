import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Trace, TraceSpan } from '../../../src/contract/traces.ts'
import { allOf } from './all-of.ts'

export type { Trace, TraceSpan }

const pathOf = (id: string) => `/traces/${encodeURIComponent(id)}`

/** A trace may grow for some time: nobody says when it is over. */
export const traceQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/traces', 'one', id],
    queryFn: ({ signal }) => client.get<Trace>(pathOf(id), { signal }),
    refetchInterval: 5_000,
  })

/** All spans. How many there are is part of the key, so that those that came later are read too. */
export const spansQuery = (client: OpenAI, { id, spans }: Pick<Trace, 'id' | 'spans'>) =>
  queryOptions({
    queryKey: ['/traces', 'spans', id, spans],
    queryFn: ({ signal }) => allOf<TraceSpan>(client, `${pathOf(id)}/spans`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

export const deleteTrace = (client: OpenAI, id: string) => client.delete(pathOf(id))
