import type { InputTokens, InputTokensRequest } from '../contract/responses/create-response.ts'
import { isHosted } from '../contract/responses/hosted-response-tools.ts'
import { sizeOfText } from '../responses/fit-turns.ts'
import { offeredTools } from '../responses/to-model-request.ts'
import { sizeOfSaid } from '../responses/read-back.ts'
import type { Context } from './context.ts'
import { itemsToRead } from './items-before.ts'
import { refuseUnknownModel } from './models.ts'
import { refuseUnknownChoice } from './refuse-tools.ts'

/** About how many tokens a model would read. Each provider counts in its own way, so this is an estimate. */
export async function countInputTokens(ctx: Context, input: InputTokensRequest): Promise<InputTokens> {
  if (input.model !== undefined) await refuseUnknownModel(ctx, input.model)
  const { before, given } = await itemsToRead(ctx, input)
  const said = await sizeOfSaid(before, given)
  refuseUnknownChoice(input)
  // What a provider tells a model of its own tools is not known.
  const own = (input.tools ?? []).filter((tool) => !isHosted(tool))
  const tools = offeredTools({ tools: own, tool_choice: input.tool_choice ?? 'auto' })
  const fixed = [input.instructions ?? '', ...tools.map((tool) => JSON.stringify(tool))]
  const format = input.text?.format
  if (format?.type === 'json_schema') fixed.push(JSON.stringify(format.schema))
  const input_tokens = said + fixed.reduce((sum, text) => sum + sizeOfText(text), 0)
  return { object: 'response.input_tokens', input_tokens }
}
