import {
  modelOfRateLimit,
  rateLimitId,
  toRateLimit,
  type ProjectRateLimit,
  type RateLimitsQuery,
  type UpdateRateLimitRequest,
} from '../contract/rate-limits.ts'
import { noLimit, type LimitRecord } from '../contract/project-limits.ts'
import { notFound } from '../errors/errors.ts'
import { limitsOf, setLimit } from '../store/usage/limits.ts'
import { UnknownCursor } from '../store/page.ts'
import { audit } from './audit-logs.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'

/** The limits of a model do not hang on whether its provider answers. */
const providerWaitMs = 300

/**
 * One rate limit for each model that is served, and for each that has been and has a limit. Names that lead to one model have
 * its limit together, so each of them shows it.
 */
export async function listRateLimits(
  ctx: OrganizationContext,
  projectId: string,
  query: RateLimitsQuery,
): Promise<List<ProjectRateLimit>> {
  await findProject(ctx.db, projectId)
  const rows = (await limitsOf(ctx.db, projectId)).filter(({ model }) => model !== '')
  const known = await ctx.catalog.known(providerWaitMs)
  const served = known.map(({ id }) => ({ id, model: ctx.catalog.look(id)?.name ?? id }))
  const others = new Set(rows.map(({ model }) => model)).difference(new Set(served.map(({ model }) => model)))
  const all = [...served, ...[...others].map((model) => ({ id: model, model }))].map(({ id, model }) =>
    toRateLimit(id, ofModel(rows, model)),
  )
  return toListPage(pageOf(all, query), (one) => one)
}

/** A limit that is left out stays. The highest value takes it away. */
export async function updateRateLimit(
  ctx: OrganizationContext,
  projectId: string,
  id: string,
  input: UpdateRateLimitRequest,
): Promise<ProjectRateLimit> {
  const name = modelOfRateLimit(id)
  const served = name ? await ctx.catalog.resolve(name) : undefined
  return ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    const model = served?.name ?? name
    const known = served !== undefined || (await limitsOf(tx, projectId)).some((row) => row.model === model)
    if (!name || !model || !known) throw notFound('rate limit', id)
    for (const [limit, given] of Object.entries(input)) {
      if (given === undefined) continue
      const value = given === noLimit ? null : given
      await setLimit(tx, { owner: projectId, model, name: limit as LimitRecord['name'], value })
    }
    const resource = rateLimitId(model)
    const body = { changes_requested: input }
    await audit(tx, ctx, { type: 'rate_limit.updated', project: projectId, resource, body })
    return toRateLimit(name, ofModel(await limitsOf(tx, projectId), model))
  })
}

const ofModel = (rows: LimitRecord[], model: string) => rows.filter((row) => row.model === model)

/** The list is that of the models, which no table has. */
function pageOf(all: ProjectRateLimit[], { limit, after, before }: RateLimitsQuery) {
  const placeOf = (param: 'after' | 'before', id: string) => {
    const at = all.findIndex((one) => one.id === id)
    if (at < 0) throw new UnknownCursor(param, id)
    return at
  }
  const from = after === undefined ? 0 : placeOf('after', after) + 1
  const to = before === undefined ? all.length : placeOf('before', before)
  const between = all.slice(from, Math.max(from, to))
  const data = before !== undefined && after === undefined ? between.slice(-limit) : between.slice(0, limit)
  return { data, hasMore: between.length > data.length }
}
