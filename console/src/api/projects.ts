import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Project } from '../../../src/contract/projects.ts'

export type { Project }

export const projectPath = (id: string) => `/organization/projects/${encodeURIComponent(id)}`

/** A project, for whoever has an admin key. */
export const projectQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/organization/projects', 'one', id],
    queryFn: ({ signal }) => client.get<Project>(projectPath(id), { signal }),
    staleTime: 60_000,
  })
