import type { WebSearchAction, WebSearchCallItem } from './hosted-item-types.ts'
import { isFunctionOutput, type InputPart, type Item, type OutputPart } from './items.ts'

/** What an answer shows only when it is asked to. */
export const includable = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
] as const
export type Include = (typeof includable)[number]

/** An item without what was not asked for. */
export function shownItem(item: Item, include: readonly Include[]): Item {
  if (item.type === 'code_interpreter_call' && !include.includes('code_interpreter_call.outputs'))
    return { ...item, outputs: null }
  if (item.type === 'file_search_call' && !include.includes('file_search_call.results'))
    return { ...item, results: null }
  if (item.type === 'reasoning' && !include.includes('reasoning.encrypted_content')) {
    const { encrypted_content: _hidden, ...shown } = item
    return shown
  }
  if (item.type === 'web_search_call') return shownSearch(item, include)
  if (item.type === 'computer_call_output' && !include.includes('computer_call_output.output.image_url')) {
    const { image_url: _hidden, ...output } = item.output
    return { ...item, output }
  }
  if (isFunctionOutput(item) && typeof item.output !== 'string')
    return { ...item, output: item.output.map((part) => shownPart(part, ['message.input_image.image_url'])) }
  if (item.type !== 'message') return item
  return { ...item, content: item.content.map((part) => shownPart(part, include)) }
}

function shownSearch(
  { results, ...item }: WebSearchCallItem,
  include: readonly Include[],
): WebSearchCallItem {
  const { action } = item
  return {
    ...item,
    action: shownAction(action, include),
    ...(results && include.includes('web_search_call.results') && { results }),
  }
}

function shownAction(action: WebSearchAction, include: readonly Include[]): WebSearchAction {
  if (action.type !== 'search' || include.includes('web_search_call.action.sources')) return action
  const { sources: _hidden, ...shown } = action
  return shown
}

function shownPart<Part extends InputPart | OutputPart>(part: Part, include: readonly Include[]): Part {
  if (part.type === 'input_file') {
    const { text: _hidden, ...shown } = part
    return shown as Part
  }
  if (
    part.type === 'output_text' &&
    part.logprobs.length > 0 &&
    !include.includes('message.output_text.logprobs')
  )
    return { ...part, logprobs: [] }
  if (part.type !== 'input_image' || include.includes('message.input_image.image_url')) return part
  const { image_url: _hidden, ...shown } = part
  return shown as Part
}
