import type { NewItem } from '../contract/responses/items.ts'
import type { EndedCall } from '../tools/tool.ts'
import { itemKinds } from './item-kinds.ts'

/** The calls of a tool that ended in a response, as the tool itself knows them. */
export function endedCalls(items: readonly NewItem[], type: string): EndedCall[] {
  const served = itemKinds[type]?.served
  return items
    .filter(({ part, body }) => part === 'output' && body.item.type === `${type}_call` && body.kept)
    .map(({ id, body }) => ({
      id,
      details: served?.details?.(body) ?? {},
      toolResult: body.told,
      toolArguments: undefined,
    }))
}
