import { type HostedCallItem } from '../contract/responses/items.ts'
import type { ComputerCallItem, ComputerCallOutputItem } from '../contract/responses/hosted-item-types.ts'
import { imageSignatureBytes, imageTypeOf } from '../common/image-type.ts'
import { detailOf } from '../contract/responses/message-items.ts'
import type { CallsTurn, Content } from '../engine/conversation.ts'
import { computerInput, computerOutput } from './computer-actions.ts'

/**
 * What a model is told of a call that its provider has run. A search is told of by the answer after it alone: what it has
 * found is known to the provider, and no other could be told. A picture is shown, as the user shows pictures, because it may be
 * asked about or changed. What is no picture is left out: nobody could go on with it.
 */
export function hostedContent(item: HostedCallItem): Content[] {
  if (item.type === 'web_search_call' || item.result === null) return []
  const type = imageTypeOf(Buffer.from(item.result.slice(0, 2 * imageSignatureBytes), 'base64'))
  if (!type) return []
  const url = `data:${type};base64,${item.result}`
  const asked = item.revised_prompt ? `: it was to show "${item.revised_prompt}"` : ''
  const generated = `[a picture before the newest ones, not shown again${asked}]`
  return [
    { type: 'text', text: 'The picture that you have generated:' },
    { type: 'picture', source: { url }, detail: 'auto', generated },
  ]
}

type Call = CallsTurn['calls'][number]

/** A call of the computer with the screenshot that answers it. One that nothing answers was cut off. */
export function computerCallTurn(
  item: ComputerCallItem,
  output: ComputerCallOutputItem | undefined,
): Pick<Call, 'name' | 'arguments' | 'result' | 'shows'> | undefined {
  if (!output) return undefined
  const { file_id, image_url = '', detail } = output.output
  const checks = output.acknowledged_safety_checks
  return {
    name: 'computer',
    arguments: JSON.stringify(computerInput(item)),
    result: '[screenshot, shown after this]',
    shows: {
      picture: {
        type: 'picture',
        source: file_id === undefined ? { url: image_url } : { storedId: file_id },
        detail: detailOf({ type: 'input_image', detail: detail ?? 'auto' }),
      },
      old: '[screenshot before the newest ones, not shown again]',
      asOutput: (url) => computerOutput(url, { detail, checks }),
    },
  }
}
