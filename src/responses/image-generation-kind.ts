import type { ImageGenerationCallItem } from '../contract/responses/hosted-item-types.ts'
import { shownHostedTool, type HostedResponseTool } from '../contract/responses/hosted-response-tools.ts'
import { isFields } from '../contract/responses/refused.ts'
import type { ResponseRequest } from '../contract/responses/response.ts'
import type { HostedKind } from './hosted-kind.ts'

/** How pictures that are made are shown as items. */
export const imageGenerationKind: HostedKind<ImageGenerationCallItem> = {
  begin: () => ({ type: 'image_generation_call', status: 'in_progress', result: null }),
  started: ['response.image_generation_call.in_progress', 'response.image_generation_call.generating'],
  partial(request, result, partial_image_index) {
    const picture = pictureIn(result)
    if (picture === undefined) return undefined
    const { background, output_format, quality, size } = howMade(request, result)
    const data = { background, output_format, partial_image_b64: picture, partial_image_index, quality, size }
    return { event: 'response.image_generation_call.partial_image', data }
  },
  ended(item, request, result) {
    const picture = pictureIn(result)
    item.status = picture === undefined ? 'failed' : 'completed'
    if (picture === undefined) return undefined
    const { background, output_format, quality, size } = howMade(request, result)
    const revised = isFields(result) ? result['revisedPrompt'] : undefined
    const revised_prompt = typeof revised === 'string' ? revised : null
    Object.assign(item, { background, output_format, quality, result: picture, revised_prompt, size })
    return 'response.image_generation_call.completed'
  },
}

/** In base64. */
const pictureIn = (result: unknown): string | undefined =>
  isFields(result) && typeof result['result'] === 'string' && result['result'] !== ''
    ? result['result']
    : undefined

/** As the provider says, or else as was asked for. */
function howMade({ tools }: ResponseRequest, result: unknown) {
  const tool = tools.find(({ type }) => type === 'image_generation') ?? { type: 'image_generation' }
  const asked = shownHostedTool(tool as HostedResponseTool)
  const told = isFields(result) ? result : {}
  const of = (name: string, toldName = name) =>
    typeof told[toldName] === 'string' ? told[toldName] : String(asked[name])
  return {
    background: of('background'),
    output_format: of('output_format', 'outputFormat'),
    quality: of('quality'),
    size: of('size'),
  }
}
