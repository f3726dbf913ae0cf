import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import { hostedKindOf, isHosted, type HostedKind } from '../contract/responses/hosted-response-tools.ts'
import { hostedParameterRefused, noHostedTool } from '../errors/hosted-errors.ts'
import { refusedParameter } from '../responses/hosted-entry.ts'
import type { Context, Served } from './context.ts'

/** A tool that a provider runs is refused before the model is asked, where its provider has none or takes other settings. */
export async function refuseHosted(
  ctx: Context,
  { model, tools = [] }: Pick<CreateResponseRequest, 'tools' | 'model'>,
  served: Served | undefined,
): Promise<void> {
  for (const [at, tool] of tools.entries()) {
    if (!served || !isHosted(tool)) continue
    const kind = hostedKindOf(tool.type) as HostedKind
    if (!served.hostedTools.includes(kind)) {
      const others = ctx.responses.isStrict ? undefined : await providersWith(ctx, kind)
      throw noHostedTool({ at, type: tool.type, model: model ?? served.name, others })
    }
    const refused = refusedParameter(served, tool)
    if (refused) throw hostedParameterRefused(`tools[${at}].${refused.parameter}`, refused.message)
  }
}

/** How long providers are waited for, in milliseconds, for the list of their models. */
const waitMs = 2_000

/** The names of the providers of this server that have such a tool. */
async function providersWith({ catalog }: Context, kind: HostedKind): Promise<string[]> {
  const models = await catalog.known(waitMs)
  const having = models.flatMap(({ id }) => {
    const found = catalog.look(id)
    return found?.hostedTools.includes(kind) ? [found.provider] : []
  })
  return [...new Set(having)]
}
