import { modifyLimitsRequest } from '../../contract/project-limits.ts'
import { rateLimitsQuery, updateRateLimitRequest } from '../../contract/rate-limits.ts'
import {
  modifyKeyLimits,
  modifyProjectLimits,
  retrieveKeyLimits,
  retrieveProjectLimits,
} from '../../operations/limits.ts'
import { listRateLimits, updateRateLimit } from '../../operations/rate-limits.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

export function limitRoutes(api: Api): void {
  const ofProject = '/organization/projects/:project_id'
  const rateLimits = `${ofProject}/rate_limits` as const
  const limits = `${ofProject}/limits` as const
  const ofKey = `${ofProject}/api_keys/:api_key_id/limits` as const

  api.get(rateLimits, async (c) =>
    answer(
      c,
      await listRateLimits(organizationOf(c), c.req.param('project_id'), readQuery(c, rateLimitsQuery)),
    ),
  )

  api.post(`${rateLimits}/:rate_limit_id{.+}`, async (c) => {
    const ctx = organizationOf(c)
    const { project_id, rate_limit_id } = c.req.param()
    return answer(
      c,
      await updateRateLimit(ctx, project_id, rate_limit_id, await readJson(c, updateRateLimitRequest)),
    )
  })

  // The rest is not in the original, whose projects and keys have no limits of these kinds.
  api.get(limits, async (c) =>
    answer(c, await retrieveProjectLimits(organizationOf(c), c.req.param('project_id'))),
  )

  api.post(limits, async (c) => {
    const ctx = organizationOf(c)
    const input = await readJson(c, modifyLimitsRequest)
    return answer(c, await modifyProjectLimits(ctx, c.req.param('project_id'), input))
  })

  api.get(ofKey, async (c) => {
    const { project_id, api_key_id } = c.req.param()
    return answer(c, await retrieveKeyLimits(organizationOf(c), project_id, api_key_id))
  })

  api.post(ofKey, async (c) => {
    const ctx = organizationOf(c)
    const { project_id, api_key_id } = c.req.param()
    return answer(
      c,
      await modifyKeyLimits(ctx, project_id, api_key_id, await readJson(c, modifyLimitsRequest)),
    )
  })
}
