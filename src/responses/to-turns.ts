import {
  isCall,
  isServedCall,
  isCallOutput,
  isFunctionOutput,
  isHostedCall,
  type CallItem,
  type CallOutputItem,
  type HostedCallItem,
  type InputPart,
  type MessageItem,
  type OutputPart,
  type ServedCallItem,
  type StoredItem,
} from '../contract/responses/items.ts'
import { detailOf, textOfFile } from '../contract/responses/message-items.ts'
import { computerCallTurn, hostedContent } from './hosted-turns.ts'
import { mcpCallTurn, readApprovals } from './mcp-turns.ts'
import type { CallsTurn, Content, ConversationTurn } from '../engine/conversation.ts'
import { pairCalls } from './pair-calls.ts'
import { sinceCompaction, type ReadItem } from './since-compaction.ts'

export interface Turn {
  turn: ConversationTurn
  own: boolean
  /** The items that it was made from: of a message its own, of calls those of the reasoning before them, and then of each. */
  ids: string[][]
}

/** The turns of a conversation as a model reads them. */
export const toTurns = (all: readonly ReadItem[]): Turn[] => turnsOf(sinceCompaction(all))

/**
 * The turns of these items. Calls that follow each other stand with their results in one turn, unless it is known that the
 * model wrote the later one when it had the result of the one before. `newer` are the items after them, which may have
 * their results.
 */
export function turnsOf(items: readonly ReadItem[], newer: readonly StoredItem[] = []): Turn[] {
  const all = [...items.map(({ stored }) => stored), ...newer]
  const pairs = pairCalls(all.map(({ item }) => item))
  const turns: Turn[] = []
  let reasoning: CallsTurn['reasoning'] = []
  let thoughts: string[] = []
  let calls:
    | { turn: CallsTurn; pictures: Content[]; own: boolean; ids: string[][]; number: number | undefined }
    | undefined

  function endCalls(): void {
    if (!calls) return
    const { turn, pictures, own, ids } = calls
    turns.push({ turn, own, ids })
    // A result is text for the model. Only the user shows it pictures.
    if (pictures.length > 0) turns.push({ turn: { speaker: 'user', content: pictures }, own, ids })
    calls = undefined
  }

  function callsWith({ turn: number }: StoredItem, own: boolean) {
    if (calls && calls.number === number) return calls
    endCalls()
    const turn: CallsTurn = { speaker: 'tools', reasoning, said: [], calls: [] }
    calls = { turn, pictures: [], own, ids: [thoughts], number }
    reasoning = []
    thoughts = []
    return calls
  }

  const approvals = readApprovals(all)
  for (const { stored, own } of items) {
    const { item, provider } = stored
    // The model is offered the functions of a list.
    if (item.type === 'mcp_list_tools') continue
    if (isHostedCall(item)) {
      // Providers ask for the reasoning before their own calls only together with the calls, which they are not sent.
      reasoning = []
      thoughts = []
      const content = hostedContent(item)
      if (content.length === 0) continue
      endCalls()
      turns.push({ turn: { speaker: 'user', content }, own, ids: [[item.id]] })
      continue
    }
    if (isServedCall(item) || item.type === 'mcp_approval_request') {
      const served = isServedCall(item) ? servedCallOf(item, stored, own) : approvals.unmade(item, stored)
      if (!served) continue
      const { ids, turn } = callsWith(stored, own)
      ids.push([item.id])
      turn.calls.push(served)
      continue
    }
    if (isCall(item)) {
      const { id, output } = pairs.get(item) ?? { id: item.call_id, output: undefined }
      const call = callOf(item, stored, output)
      if (!call) continue
      const { ids, turn, pictures } = callsWith(stored, own)
      ids.push([item.id, ...(output ? [output.id] : [])])
      turn.calls.push({ id, ...call })
      pictures.push(...picturesOf(output))
      continue
    }
    // Results stand with their calls already.
    endCalls()
    if (isCallOutput(item) || item.type === 'compaction' || item.type === 'mcp_approval_response') continue
    if (item.type === 'reasoning') {
      const shown = [...(item.content ?? []), ...item.summary].map((part) => part.text).join('\n')
      const text = stored.told ?? shown
      reasoning.push({ text, metadata: provider ?? {} })
      thoughts.push(item.id)
      continue
    }
    // Only reasoning before calls is given back, because providers ask for no other.
    reasoning = []
    thoughts = []
    turns.push({ turn: messageTurn(item), own, ids: [[item.id]] })
  }
  endCalls()
  return turns
}

/** A call that was run here, as it was told to the model. */
function servedCallOf(
  item: Exclude<ServedCallItem, HostedCallItem>,
  { told, provider }: StoredItem,
  own: boolean,
): CallsTurn['calls'][number] {
  const shared = { id: item.id, metadata: provider }
  if (item.type === 'file_search_call') {
    // Passages of earlier responses would cost tokens again, and their markers could be cited by mistake.
    const count = item.results ? `${item.results.length} ` : ''
    const result = own && told !== undefined ? told : `(${count}passages, not repeated here)`
    return { ...shared, name: 'file_search', arguments: JSON.stringify({ queries: item.queries }), result }
  }
  if (item.type === 'mcp_call') return { ...shared, ...mcpCallTurn(item, told) }
  const logs = (item.outputs ?? []).map((output) => (output.type === 'logs' ? output.logs : '[picture]'))
  return {
    ...shared,
    name: 'code_interpreter',
    arguments: JSON.stringify({ code: item.code }),
    result: told ?? logs.join('\n'),
  }
}

function callOf(
  item: CallItem,
  { told, provider }: StoredItem,
  output: CallOutputItem | undefined,
): Omit<CallsTurn['calls'][number], 'id'> | undefined {
  if (item.type === 'computer_call') {
    const call = computerCallTurn(item, output?.type === 'computer_call_output' ? output : undefined)
    return call && { ...call, metadata: provider }
  }
  return {
    name: item.name,
    arguments: item.type === 'function_call' ? item.arguments : JSON.stringify({ input: item.input }),
    result: told ?? textOfOutput(output),
    metadata: provider,
  }
}

function textOfOutput(output: CallOutputItem | undefined): string {
  if (!output || !isFunctionOutput(output)) return 'There is no output of this call.'
  if (typeof output.output === 'string') return output.output
  return output.output
    .map((part) => {
      if (part.type === 'input_text') return part.text
      return part.type === 'input_file' ? textOfFile(part) : '[picture, shown after this]'
    })
    .join('\n')
}

const picturesOf = (output: CallOutputItem | undefined): Content[] =>
  output && isFunctionOutput(output) && typeof output.output === 'object'
    ? output.output.filter(({ type }) => type === 'input_image').map(contentOf)
    : []

function messageTurn({ role, content }: MessageItem): ConversationTurn {
  const parts = content.map(contentOf)
  if (role === 'user') return { speaker: 'user', content: parts }
  if (role === 'assistant') return { speaker: 'model', content: parts }
  return { speaker: 'system', text: parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n') }
}

function contentOf(part: InputPart | OutputPart): Content {
  if (part.type === 'refusal') return { type: 'text', text: part.refusal }
  if (part.type === 'input_file') return { type: 'text', text: textOfFile(part) }
  if (part.type !== 'input_image') return { type: 'text', text: part.text }
  const { file_id, image_url = '' } = part
  return {
    type: 'picture',
    source: file_id === undefined ? { url: image_url } : { storedId: file_id },
    detail: detailOf(part),
  }
}
