import type { HostedCallItem, NewItem } from '../contract/responses/items.ts'
import type { HostedCallWriter } from '../engine/transcript.ts'
import { itemEvent, type ResponsesEvent } from './events.ts'
import { hostedKinds } from './hosted-kinds.ts'
import type { Output } from './output.ts'

/**
 * Shows that the provider has begun a call, and what comes of it. Undefined for a tool whose calls have no items. The items
 * `before` it are written with it.
 */
export async function openHostedCall(
  output: Output,
  name: string,
  before: readonly NewItem[],
): Promise<HostedCallWriter | undefined> {
  const kind = Object.hasOwn(hostedKinds, name) ? hostedKinds[name] : undefined
  if (!kind) return undefined
  const record = output.add(kind.begin() as Parameters<Output['add']>[0])
  const item = record.body.item as HostedCallItem
  const place = { item_id: record.id, output_index: record.output_index ?? 0 }
  await output.write([...before, record], [itemEvent(output.run, 'response.output_item.added', record)])
  for (const event of kind.started) output.show(event, place)
  let partials = 0
  return {
    id: record.id,
    show(result) {
      const shown = kind.partial?.(output.run.request, result, partials)
      if (!shown) return
      partials++
      output.show(shown.event, { ...place, ...shown.data })
    },
    async complete(result) {
      const event = kind.ended(item, output.run.request, result)
      const events: ResponsesEvent[] = event ? [{ event, data: place }] : []
      await output.write([record], [...events, itemEvent(output.run, 'response.output_item.done', record)])
    },
  }
}
