import type {
  ComputerCallItem,
  ComputerCallOutputItem,
  ImageGenerationCallItem,
  WebSearchCallItem,
} from './hosted-item-types.ts'
import type { LogProb } from '../../common/log-prob.ts'
import type { McpError } from '../mcp.ts'
import type { ProviderMetadata } from '../provider-metadata.ts'

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'
export type Role = 'user' | 'assistant' | 'system' | 'developer'

export interface InputText {
  type: 'input_text'
  text: string
}

export interface InputImage {
  type: 'input_image'
  detail: 'auto' | 'low' | 'high' | 'original'
  file_id?: string
  /** An address, or a `data:` URL. */
  image_url?: string
}

export interface InputFile {
  type: 'input_file'
  file_id?: string
  /** A `data:` URL. */
  file_data?: string
  file_url?: string
  filename?: string
  /** What the model reads. Never shown. */
  text?: string
}

export interface OutputText {
  type: 'output_text'
  annotations: object[]
  logprobs: LogProb[]
  text: string
}

export interface Refusal {
  type: 'refusal'
  refusal: string
}

export type InputPart = InputText | InputImage | InputFile
export type OutputPart = OutputText | Refusal

/** In the order of the wire, which has the role last. */
export interface MessageItem {
  id: string
  type: 'message'
  status: ItemStatus
  content: (InputPart | OutputPart)[]
  phase?: 'commentary' | 'final_answer'
  role: Role
}

/** The only kind of item without a status (as recorded). */
export interface ReasoningItem {
  id: string
  type: 'reasoning'
  encrypted_content?: string
  summary: { type: 'summary_text'; text: string }[]
  content?: { type: 'reasoning_text'; text: string }[]
}

export interface FunctionCallItem {
  id: string
  type: 'function_call'
  status: ItemStatus
  /** As the model wrote them. This is usually JSON. */
  arguments: string
  call_id: string
  name: string
}

export interface CustomToolCallItem {
  id: string
  type: 'custom_tool_call'
  status: ItemStatus
  call_id: string
  input: string
  name: string
}

export interface CodeInterpreterCallItem {
  id: string
  type: 'code_interpreter_call'
  status: ItemStatus | 'interpreting' | 'failed'
  code: string
  container_id: string
  /** Null unless it is asked for. */
  outputs: ({ type: 'logs'; logs: string } | { type: 'image'; url: string })[] | null
}

export interface FileSearchCallItem {
  id: string
  type: 'file_search_call'
  status: ItemStatus | 'searching' | 'failed'
  queries: string[]
  /** Null unless it is asked for. */
  results: FileSearchResult[] | null
}

export interface FileSearchResult {
  attributes: Record<string, unknown>
  file_id: string
  filename: string
  score: number
  text: string
}

/** What a server of the Model Context Protocol says that it can do. */
export interface McpListToolsItem {
  id: string
  type: 'mcp_list_tools'
  server_label: string
  tools: McpToolOfItem[]
  /** Why there is no list. Absent where there is one. */
  error?: string
}

export interface McpToolOfItem {
  annotations: { read_only: boolean } | null
  description: string | null
  name: string
  input_schema: Record<string, unknown>
}

export interface McpCallItem {
  id: string
  type: 'mcp_call'
  status: ItemStatus | 'failed'
  approval_request_id: string | null
  arguments: string
  error: McpError | null
  name: string
  output: string | null
  server_label: string
}

/** A call that waits for the caller to allow it. */
export interface McpApprovalRequestItem {
  id: string
  type: 'mcp_approval_request'
  arguments: string
  name: string
  server_label: string
}

export interface McpApprovalResponseItem {
  id: string
  type: 'mcp_approval_response'
  approval_request_id: string
  approve: boolean
  reason?: string
}

/** What the caller answers to a call of a function or of a tool of its own. */
export interface FunctionOutputItem {
  id: string
  type: 'function_call_output' | 'custom_tool_call_output'
  status: ItemStatus
  call_id: string
  output: string | InputPart[]
}

/** What was said before, folded into text that this server alone can read. */
export interface CompactionItem {
  id: string
  type: 'compaction'
  encrypted_content: string
}

export type Item =
  | MessageItem
  | ReasoningItem
  | FunctionCallItem
  | CustomToolCallItem
  | CodeInterpreterCallItem
  | FileSearchCallItem
  | McpListToolsItem
  | McpCallItem
  | McpApprovalRequestItem
  | McpApprovalResponseItem
  | WebSearchCallItem
  | ImageGenerationCallItem
  | ComputerCallItem
  | ComputerCallOutputItem
  | FunctionOutputItem
  | CompactionItem

/** A call that the caller answers. */
export type CallItem = FunctionCallItem | CustomToolCallItem | ComputerCallItem

export const isCall = (item: Item): item is CallItem =>
  item.type === 'function_call' || item.type === 'custom_tool_call' || item.type === 'computer_call'

/** A call that the provider of a model has run. */
export type HostedCallItem = WebSearchCallItem | ImageGenerationCallItem
export const isHostedCall = (item: Item): item is HostedCallItem =>
  item.type === 'web_search_call' || item.type === 'image_generation_call'

/** A call that the caller has nothing to do with: it was run here, or by the provider. */
export type ServedCallItem = CodeInterpreterCallItem | FileSearchCallItem | McpCallItem | HostedCallItem
export const isServedCall = (item: Item): item is ServedCallItem =>
  item.type === 'code_interpreter_call' ||
  item.type === 'file_search_call' ||
  item.type === 'mcp_call' ||
  isHostedCall(item)

export type CallOutputItem = FunctionOutputItem | ComputerCallOutputItem
export const isCallOutput = (item: Item): item is CallOutputItem =>
  isFunctionOutput(item) || item.type === 'computer_call_output'

export const isFunctionOutput = (item: Item): item is FunctionOutputItem =>
  item.type === 'function_call_output' || item.type === 'custom_tool_call_output'

/**
 * Which part an item has in its response. `withdrawn` is one that broke off and was then said again, and `hidden` a call
 * that only the model knows of: neither is ever shown.
 */
export type ItemPart = 'input' | 'output' | 'withdrawn' | 'hidden'

/** What is stored of an item. */
export interface StoredItem {
  item: Item
  /** What the model was told of a call, where the item does not say it. */
  told?: string
  /** What the tool keeps of a call beyond what the item says. */
  kept?: object
  /** The id of the call of a run step that this item shows. Runs of the thread are told of it by their steps. */
  step_call?: string
  /** The id of the request with which the caller has approved this call. */
  approval?: string
  /** How many turns with calls its response had before the one in which the model wrote this call. */
  turn?: number
  /** True of a list that was asked for and has not arrived. */
  isAwaited?: true
  /** Data of the provider about this item, which it must get back with the next prompt. */
  provider?: ProviderMetadata
  /** What a compaction has in its sealed content. */
  compacted?: Compacted
}

/** What stands in the place of what was said before. */
export interface Compacted {
  summary: string
  /** What was said last, as it was said. */
  kept: StoredItem[]
  /** Whether all that was said before is folded into the summary, or what the user and the developer said still stands there. */
  replaces: 'everything' | 'answers'
  /** In which programs ran last. Whoever sends back the compaction alone goes on in it. */
  container?: string
}

export interface ItemRecord {
  seq: number
  id: string
  project: string
  /** The `seq` of the run. */
  run: number
  part: ItemPart
  /** The place in the output of its response. Null for input. */
  output_index: number | null
  body: StoredItem
}

export type NewItem = Omit<ItemRecord, 'seq'>

/** The prefix of the ids of each kind of item. */
const prefixes: Record<Item['type'], string> = {
  message: 'msg',
  reasoning: 'rs',
  code_interpreter_call: 'ci',
  file_search_call: 'fs',
  function_call: 'fc',
  function_call_output: 'fco',
  mcp_list_tools: 'mcpl',
  mcp_call: 'mcp',
  mcp_approval_request: 'mcpr',
  mcp_approval_response: 'apr',
  web_search_call: 'ws',
  image_generation_call: 'ig',
  computer_call: 'cu',
  computer_call_output: 'cuo',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  compaction: 'cmp',
}

export const prefixOf = (type: Item['type']): string => prefixes[type]
