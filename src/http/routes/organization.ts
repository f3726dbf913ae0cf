import { z } from 'zod'
import {
  completionsQuery,
  costsQuery,
  embeddingsQuery,
  fileSearchesQuery,
  projectUsageQuery,
} from '../../contract/organization-usage.ts'
import { budgetsUsage } from '../../operations/budgets.ts'
import { completionsUsage, costs } from '../../operations/organization-usage.ts'
import {
  embeddingsUsage,
  fileSearchesUsage,
  sessionsUsage,
  vectorStoresUsage,
} from '../../operations/other-usage.ts'
import type { UsageScope } from '../../operations/usage-buckets.ts'
import { ApiError } from '../../errors/errors.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { readQuery, readQueryWithLists } from '../input.ts'

/** An admin key sees what all projects have used, and the key of a project what was used in it. */
function scopeOf(c: Request): UsageScope {
  const organization = c.get('call').caller?.organization
  return organization ? { ...organization, project: undefined } : contextOf(c)
}

/** What the original counts, and this server runs nothing of. A provider may run it, and counts it itself. */
const neverRun = [
  'audio_speeches',
  'audio_transcriptions',
  'images',
  'moderations',
  'web_search_calls',
  'decisions',
] as const

const notCounted = (resource: (typeof neverRun)[number]) =>
  new ApiError(404, `Nothing of the kind '${resource}' is run by this server, so its usage is not counted.`, {
    code: 'usage_not_counted',
  })

/** The part of the original's administration API that says what was used. */
export function organizationRoutes(api: Api): void {
  api.get('/organization/usage/completions', async (c) =>
    answer(c, await completionsUsage(scopeOf(c), readQueryWithLists(c, completionsQuery))),
  )

  api.get('/organization/usage/embeddings', async (c) =>
    answer(c, await embeddingsUsage(scopeOf(c), readQueryWithLists(c, embeddingsQuery))),
  )

  api.get('/organization/usage/vector_stores', async (c) =>
    answer(c, await vectorStoresUsage(scopeOf(c), readQueryWithLists(c, projectUsageQuery))),
  )

  api.get('/organization/usage/code_interpreter_sessions', async (c) =>
    answer(c, await sessionsUsage(scopeOf(c), readQueryWithLists(c, projectUsageQuery))),
  )

  api.get('/organization/usage/file_search_calls', async (c) =>
    answer(c, await fileSearchesUsage(scopeOf(c), readQueryWithLists(c, fileSearchesQuery))),
  )

  for (const resource of neverRun)
    api.get(`/organization/usage/${resource}`, (c) => {
      scopeOf(c)
      throw notCounted(resource)
    })

  api.get('/organization/usage/budgets', async (c) => {
    readQuery(c, z.object({}))
    return answer(c, await budgetsUsage(scopeOf(c)))
  })

  api.get('/organization/costs', async (c) =>
    answer(c, await costs(scopeOf(c), readQueryWithLists(c, costsQuery))),
  )
}
