import { completionsQuery, costsQuery } from '../../contract/organization-usage.ts'
import { completionsUsage, costs } from '../../operations/organization-usage.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { readQueryWithLists } from '../input.ts'

/** The part of the original's administration API that says what was used. */
export function organizationRoutes(api: Api): void {
  api.get('/organization/usage/completions', async (c) =>
    answer(c, await completionsUsage(contextOf(c), readQueryWithLists(c, completionsQuery))),
  )

  api.get('/organization/costs', async (c) =>
    answer(c, await costs(contextOf(c), readQueryWithLists(c, costsQuery))),
  )
}
