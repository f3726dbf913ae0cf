import type { McpError } from '../contract/mcp.ts'
import type { WebSearchAction } from '../contract/responses/hosted-item-types.ts'
import type { InputPart, Item, OutputPart } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader } from '../store/database.ts'
import { itemNamed, itemOf, itemTextsFrom } from '../store/item-texts.ts'
import type { ResponseFilter } from '../store/list-responses.ts'
import type { StoredText } from '../store/message-texts.ts'
import { findByWords, maxFound, type Finder } from './find-by-words.ts'
import { oneLine } from './match-words.ts'

export interface ResponseFinder extends Finder<ResponseRecord> {
  /** What tells the only response that can be found, when an id is known. */
  only?: Pick<ResponseFilter, 'id' | 'seq'>
}

/**
 * All words must be in one item of a response, of its input or its output, or in the values of its metadata. A word that is the
 * id of a response finds it alone, and that of an item the response in which it was said first.
 */
export async function responseFinder(
  db: Reader,
  project: string,
  given: readonly string[],
  signal: AbortSignal,
): Promise<ResponseFinder> {
  const read = async (stored: StoredText) => textsOf(await itemOf(db, stored))
  const id = given.length === 1 ? given[0] : undefined
  const all = async (responses: ResponseRecord[]) => responses
  if (id?.startsWith('resp_')) return { only: { id }, choose: all, foundIn: () => null }
  const item = id === undefined ? undefined : await itemNamed(db, project, id)
  if (item) {
    const found = { id: item.id, text: oneLine((await read(item)).join(' '), maxFound) }
    return { only: { seq: item.run }, choose: all, foundIn: () => found }
  }
  const searched = {
    metadataOf: ({ state }: ResponseRecord) => state.metadata,
    textsFrom: ({ seq }: ResponseRecord, from: number, limit: number) => itemTextsFrom(db, seq, from, limit),
    read,
  }
  return findByWords(given, searched, signal)
}

/** What is read in an item: what was said, what was called with which arguments, and what came back. */
function textsOf(item: Item | undefined): string[] {
  switch (item?.type) {
    case 'message':
      return item.content.flatMap(textOf)
    case 'reasoning':
      return [...item.summary, ...(item.content ?? [])].map(({ text }) => text)
    case 'function_call':
    case 'mcp_approval_request':
      return [`${item.name} ${item.arguments}`]
    case 'mcp_call':
      return [`${item.name} ${item.arguments}`, item.output ?? '', ...errorOf(item.error)]
    case 'mcp_approval_response':
      return [item.reason ?? '']
    case 'custom_tool_call':
      return [`${item.name} ${item.input}`]
    case 'function_call_output':
    case 'custom_tool_call_output':
      return typeof item.output === 'string' ? [item.output] : item.output.flatMap(textOf)
    case 'code_interpreter_call':
      return [item.code, ...(item.outputs ?? []).flatMap((output) => ('logs' in output ? [output.logs] : []))]
    case 'file_search_call':
      return item.queries
    case 'web_search_call':
      return searchedOf(item.action)
    case 'computer_call':
      return [...(item.actions ?? []), item.action].flatMap((action) =>
        typeof action?.['text'] === 'string' ? [action['text']] : [],
      )
    default:
      return []
  }
}

/** Why a function of a server has failed. */
function errorOf(error: McpError | null): string[] {
  if (!error) return []
  return 'message' in error ? [error.message] : error.content.map(({ text }) => text)
}

function searchedOf(action: WebSearchAction): string[] {
  switch (action.type) {
    case 'search':
      return action.queries ?? [action.query ?? '']
    case 'open_page':
      return [action.url ?? '']
    case 'find_in_page':
      return [action.url, action.pattern]
  }
}

function textOf(part: InputPart | OutputPart): string[] {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return [part.text]
    case 'refusal':
      return [part.refusal]
    default:
      return []
  }
}
