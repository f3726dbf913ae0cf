import type {
  FunctionOutputItem,
  InputFile,
  InputImage,
  Item,
  MessageItem,
} from '../../../../src/contract/responses/items.ts'
import type { ComputerAction, WebSearchAction } from '../../../../src/contract/responses/hosted-item-types.ts'
import { firstLine } from '../calls/calls.ts'
import { bytes, count } from '../quantities.ts'

/** What an item is, in the line that opens it. */
export function itemInWords(item: Exclude<Item, MessageItem>): { name: string; line: string } {
  switch (item.type) {
    case 'reasoning':
      return { name: 'Reasoning', line: firstLine([...(item.content ?? []), ...item.summary][0]?.text ?? '') }
    case 'function_call':
      return { name: item.name, line: firstLine(item.arguments) }
    case 'custom_tool_call':
      return { name: item.name, line: firstLine(item.input) }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { name: 'Output of the caller', line: firstLine(textOfOutput(item.output)) }
    case 'code_interpreter_call':
      return { name: 'Python', line: firstLine(item.code) }
    case 'file_search_call':
      return {
        name: 'File search',
        line: [
          item.results &&
            `${count(item.results.length)} ${item.results.length === 1 ? 'passage' : 'passages'}`,
          firstLine(item.queries.join(' · ')),
        ]
          .filter(Boolean)
          .join(' for '),
      }
    case 'web_search_call':
      return { name: 'Web search', line: firstLine(searchInWords(item.action)) }
    case 'image_generation_call':
      return { name: 'Picture', line: firstLine(item.revised_prompt ?? '') }
    case 'computer_call':
      return {
        name: 'Computer',
        line: firstLine((item.actions ?? (item.action ? [item.action] : [])).map(actionInWords).join(' · ')),
      }
    case 'computer_call_output':
      return { name: 'Output of the caller', line: 'a screenshot' }
    case 'compaction':
      return {
        name: 'Compaction',
        line: `what was said before, folded into ${bytes(item.encrypted_content.length)}`,
      }
    case 'mcp_list_tools':
      return {
        name: item.server_label,
        line:
          item.error === undefined
            ? `${item.tools.length === 1 ? 'has 1 tool' : `has ${count(item.tools.length)} tools`}: ${firstLine(item.tools.map(({ name }) => name).join(', '))}`
            : firstLine(item.error),
      }
    case 'mcp_call':
    case 'mcp_approval_request':
      return { name: `${item.server_label} › ${item.name}`, line: firstLine(item.arguments) }
    case 'mcp_approval_response':
      return {
        name: item.approve ? 'Approved by the caller' : 'Denied by the caller',
        line: firstLine(item.reason ?? ''),
      }
    default:
      return { name: (item as { type: string }).type, line: firstLine(JSON.stringify(item)) }
  }
}

function searchInWords(action: WebSearchAction): string {
  if (action.type === 'open_page') return `opens ${action.url ?? 'a page'}`
  if (action.type === 'find_in_page') return `looks for “${action.pattern}” in ${action.url}`
  return queriesOf(action).join(' · ')
}

/** Older answers have one query. */
export const queriesOf = ({ queries, query }: Extract<WebSearchAction, { type: 'search' }>): string[] =>
  queries ?? (query === undefined ? [] : [query])

/** `click left 1 2`: the name of the action and what it has besides. */
export const actionInWords = ({ type, ...rest }: ComputerAction): string =>
  [
    type,
    ...Object.values(rest).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  ].join(' ')

type Output = FunctionOutputItem['output']

export const textOfOutput = (output: Output): string =>
  typeof output === 'string'
    ? output
    : output.map((part) => (part.type === 'input_text' ? part.text : `[${partInWords(part)}]`)).join('\n')

/** A picture or a file, which is not shown itself. */
export function partInWords(part: InputImage | InputFile): string {
  const name = part.type === 'input_file' ? (part.filename ?? part.file_id) : part.file_id
  const what = part.type === 'input_file' ? 'A file' : 'A picture'
  return name === undefined ? what : `${what}: ${name}`
}
