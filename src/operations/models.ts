import { toModel, type Model, type ModelList } from '../contract/models.ts'
import { ApiError, cut, modelNotFound, providerUnreachable } from '../errors.ts'
import type { Context } from './context.ts'

export async function listModels(ctx: Context): Promise<ModelList> {
  const listed = await ctx.catalog.list()
  return { object: 'list', data: listed.map(toModel) }
}

/** A name that is served without being listed (an alias of a pattern, say) is a model as well. */
export async function retrieveModel(ctx: Context, id: string): Promise<Model> {
  const listed = await ctx.catalog.list()
  const found = listed.find((model) => model.id === id)
  if (found) return toModel(found)
  await refuseUnservedModel(ctx, id)
  return toModel({ id, created: 0, owned_by: 'system' })
}

/** Models come from this server's configuration, so no caller can take one away. */
export async function deleteModel(ctx: Context, id: string): Promise<never> {
  await refuseUnservedModel(ctx, id)
  throw new ApiError(
    403,
    `The model '${cut(id)}' is served by configuration and cannot be deleted through the API.`,
    {
      param: 'model',
    },
  )
}

/**
 * 404 with the names that would have done; 503 where nobody knows, because a provider does not answer. `mayWait`: the
 * name was good before, and the caller can wait until the provider is back.
 */
export async function refuseUnservedModel(
  ctx: Context,
  name: string,
  { mayWait = false } = {},
): Promise<void> {
  if (name !== '' && (await ctx.catalog.resolve(name))) return
  const problems = ctx.catalog.problems()
  const reasons = problems.map(({ text }) => text)
  if (name !== '' && problems.some(({ passing }) => passing)) {
    if (mayWait) return
    throw providerUnreachable(name, reasons)
  }
  const listed = await ctx.catalog.list()
  const available = listed.slice(0, 20).map((model) => model.id)
  throw modelNotFound(name, available, reasons)
}
