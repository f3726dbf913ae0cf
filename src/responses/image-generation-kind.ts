import type { ImageGenerationCallItem } from '../contract/responses/hosted-item-types.ts'
import { isFields } from '../contract/responses/refused.ts'
import { shownHostedTool } from '../contract/responses/hosted-response-tools.ts'
import type { ResponseRequest } from '../contract/responses/response.ts'
import type { HostedKind } from './hosted-kind.ts'

/** How pictures that are made are shown as items: with the settings that were asked for, until the provider tells how it was. */
export const imageGenerationKind: HostedKind<ImageGenerationCallItem> = {
  begin: (request) => ({
    type: 'image_generation_call',
    status: 'in_progress',
    ...settingsOf(request),
  }),
  started: ['response.image_generation_call.in_progress', 'response.image_generation_call.generating'],
  partial(item, result, partial_image_index) {
    const picture = pictureIn(result)
    if (picture === undefined) return undefined
    const { background, output_format, quality, size } = { ...item, ...toldIn(result) }
    const data = { background, output_format, partial_image_b64: picture, partial_image_index, quality, size }
    return { event: 'response.image_generation_call.partial_image', data }
  },
  ended(item, result) {
    const picture = pictureIn(result)
    item.status = picture === undefined ? 'failed' : 'completed'
    if (picture === undefined) return undefined
    Object.assign(item, toldIn(result), { result: picture })
    return 'response.image_generation_call.completed'
  },
}

/** In base64. */
const pictureIn = (result: unknown): string | undefined =>
  isFields(result) && typeof result['result'] === 'string' && result['result'] !== ''
    ? result['result']
    : undefined

/** How the picture was made, of which some providers tell. */
function toldIn(result: unknown): Partial<ImageGenerationCallItem> {
  const given = isFields(result) ? result : {}
  const told = Object.entries(fieldNames).filter(([name]) => typeof given[name] === 'string')
  return Object.fromEntries(told.map(([name, field]) => [field, given[name]]))
}

const fieldNames = {
  background: 'background',
  outputFormat: 'output_format',
  quality: 'quality',
  revisedPrompt: 'revised_prompt',
  size: 'size',
} as const

function settingsOf({ tools }: ResponseRequest) {
  const tool = tools.find(({ type }) => type === 'image_generation') ?? { type: 'image_generation' }
  const shown = shownHostedTool(tool as Parameters<typeof shownHostedTool>[0])
  return {
    background: String(shown['background']),
    output_format: String(shown['output_format']),
    quality: String(shown['quality']),
    result: null,
    revised_prompt: null,
    size: String(shown['size']),
  }
}
