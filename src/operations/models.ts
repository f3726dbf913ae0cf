import { toModel, type Model, type ModelList, type Serving } from '../contract/models.ts'
import { ApiError, cut, modelNotFound } from '../errors/errors.ts'
import { modelUnknown } from '../errors/response-errors.ts'
import { providerUnreachable } from '../errors/unavailable.ts'
import type { Context, Served } from './context.ts'

/** With `servedBy` each model says what its name leads to. */
export async function listModels({ catalog }: Context, { servedBy = false } = {}): Promise<ModelList> {
  const listed = await catalog.list()
  const show = (model: (typeof listed)[number]) => {
    const served = servedBy ? catalog.look(model.id) : undefined
    return toModel(model, catalog.priceOf(model.id), served && toServing(served))
  }
  return { object: 'list', data: listed.map(show) }
}

/** A name that is served but not listed, such as an alias with a pattern, is also a model. */
export async function retrieveModel(ctx: Context, id: string): Promise<Model> {
  const listed = await ctx.catalog.list()
  const found = listed.find((model) => model.id === id)
  const price = ctx.catalog.priceOf(id)
  if (!found) await refuseUnservedModel(ctx, id)
  const serving = await ctx.catalog.resolve(id)
  return toModel(found ?? { id, created: 0, owned_by: 'system' }, price, serving && toServing(serving))
}

const toServing = (served: Served): Serving => ({
  model: served.name,
  provider: served.provider,
  context_window: served.contextWindow,
  context_window_known: served.contextWindowKnown,
  structured_outputs: served.structuredOutputs,
  tools: served.tools ?? null,
  images: served.images ?? null,
})

/** Models come from the configuration of this server, so no caller can delete one. */
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
 * Answers 404 with the names that are served, or 503 when a provider that does not answer may serve the name. With
 * `mayWait` the name was valid before, and the run can wait until the provider answers.
 */
export async function refuseUnservedModel(
  ctx: Context,
  name: string,
  { mayWait = false, notFound = modelNotFound }: { mayWait?: boolean; notFound?: typeof modelNotFound } = {},
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
  throw notFound(name, available, reasons)
}

/** The same for the Responses API, which has another error for it: the words of the original alone where the config asks for them. */
export const refuseUnknownModel = (ctx: Context, name: string): Promise<void> =>
  refuseUnservedModel(ctx, name, {
    notFound: ctx.responses.isStrict ? (unknown) => modelUnknown(unknown) : modelUnknown,
  })
