import type { CustomToolCallItem, FunctionCallItem, Item } from '../contract/responses/items.ts'
import type { Delta } from '../tools/tool.ts'
import type { EventName } from './events.ts'

type WithoutId<Kind> = Kind extends Item ? Omit<Kind, 'id'> : never

/** An event of an item, with what it has besides the item's id and place. */
export interface KindEvent {
  event: EventName
  data?: object
  /** True of a delta, which adds to the one before. */
  grows?: boolean
}

/** How the calls of one tool are shown as items. */
export interface ItemKind {
  /** The item of a call that begins. */
  begin(call: { name: string; call_id: string }): WithoutId<Item>
  /** What is shown of a piece of the arguments. */
  argued(delta: Delta): KindEvent[]
  /** All arguments are there. Completes the item where the caller has to run the call. */
  settled(item: Item, details: object): KindEvent[]
  /** True when the item is done with its arguments, because the caller runs the call. */
  isCallers: boolean
}

const functionKind: ItemKind = {
  begin: ({ name, call_id }) => ({
    type: 'function_call',
    status: 'in_progress',
    arguments: '',
    call_id,
    name,
  }),
  argued: (delta) =>
    textOf(delta, 'arguments', (text) => ({
      event: 'response.function_call_arguments.delta',
      data: { delta: text },
      grows: true,
    })),
  settled(item, details) {
    const call = item as FunctionCallItem
    call.arguments = (details as { arguments: string }).arguments || '{}'
    call.status = 'completed'
    const { name, arguments: given } = call
    return [{ event: 'response.function_call_arguments.done', data: { arguments: given, name } }]
  },
  isCallers: true,
}

const customKind: ItemKind = {
  begin: ({ name, call_id }) => ({
    type: 'custom_tool_call',
    status: 'in_progress',
    call_id,
    input: '',
    name,
  }),
  argued: (delta) =>
    textOf(delta, 'input', (text) => ({
      event: 'response.custom_tool_call_input.delta',
      data: { delta: text },
      grows: true,
    })),
  settled(item, details) {
    const call = item as CustomToolCallItem
    call.input = (details as { input: string }).input
    call.status = 'completed'
    return [{ event: 'response.custom_tool_call_input.done', data: { input: call.input } }]
  },
  isCallers: true,
}

function textOf(delta: Delta, key: string, event: (text: string) => KindEvent): KindEvent[] {
  const text = (delta as Record<string, unknown>)[key]
  return typeof text === 'string' && text !== '' ? [event(text)] : []
}

/** By the type of the tool. */
export const itemKinds: Readonly<Record<string, ItemKind>> = { function: functionKind, custom: customKind }
