import type { CustomToolCallItem, FunctionCallItem } from '../contract/responses/items.ts'
import type { Delta } from '../tools/tool.ts'
import type { ItemKind, KindEvent } from './item-kind.ts'

/** A call of a function, which the caller runs. */
export const functionKind: ItemKind = {
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
  settled(item, { details }) {
    const call = item as FunctionCallItem
    call.arguments = (details as { arguments: string }).arguments || '{}'
    const { name, arguments: given } = call
    return [{ event: 'response.function_call_arguments.done', data: { arguments: given, name } }]
  },
}

/** A call of a tool of the caller that takes a text. */
export const customKind: ItemKind = {
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
  settled(item, { details }) {
    const call = item as CustomToolCallItem
    call.input = (details as { input: string }).input
    return [{ event: 'response.custom_tool_call_input.done', data: { input: call.input } }]
  },
}

function textOf(delta: Delta, key: string, event: (text: string) => KindEvent): KindEvent[] {
  const text = (delta as Record<string, unknown>)[key]
  return typeof text === 'string' && text !== '' ? [event(text)] : []
}
