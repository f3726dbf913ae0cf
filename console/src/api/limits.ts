import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { KeyLimits, LimitName, ProjectLimits } from '../../../src/contract/project-limits.ts'
import type { ProjectRateLimit } from '../../../src/contract/rate-limits.ts'

export type { LimitName, ProjectRateLimit }

/** Limits of a project or a key, by their names. Null: there is none. */
export type Limits = Partial<Record<LimitName, number | null>>

/** `path` is that of the project or the key. */
export const limitsQuery = (client: OpenAI, path: string) =>
  queryOptions({
    queryKey: [path, 'limits'],
    async queryFn({ signal }): Promise<Limits> {
      const answer = await client.get<ProjectLimits | KeyLimits>(`${path}/limits`, { signal })
      const entries: [string, unknown][] = Object.entries(answer)
      return Object.fromEntries(entries.filter(([name]) => name.startsWith('max_')))
    },
  })

/** A limit that is left out stays, and null takes it away. */
export const setLimits = (client: OpenAI, path: string, limits: Limits): Promise<unknown> =>
  client.post(`${path}/limits`, { body: limits })

/** In a rate limit, whose limits are always numbers, it says that there is none. */
export const noLimit = 2_147_483_647
