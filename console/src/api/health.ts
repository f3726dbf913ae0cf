import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import { rootAddress } from './root.ts'

/** What `GET /health` says to somebody with a key. */
export interface HealthReport {
  status: 'ok' | 'failing' | 'closing'
  version?: string
  [part: string]: unknown
}

/** Asked again every few seconds: it is also how a lost connection, and its return, are noticed. */
export const healthQuery = (client: OpenAI) =>
  queryOptions({
    queryKey: ['health'],
    async queryFn({ signal }): Promise<HealthReport> {
      const answer = await fetch(new URL('health', rootAddress), {
        signal,
        headers: { authorization: `Bearer ${client.apiKey}` },
      })
      return answer.json()
    },
    refetchInterval: ({ state }) => (state.status === 'error' ? 2_000 : 10_000),
  })
