import {
  type McpListToolsItem,
  type McpToolOfItem,
  type NewItem,
  type StoredItem,
} from '../contract/responses/items.ts'
import { opening } from '../contract/responses/opening.ts'
import type { ResponseRequest } from '../contract/responses/response.ts'
import type { McpListedTool } from '../contract/mcp.ts'
import type { ToolList } from '../tools/tool.ts'
import { itemEvent } from './events.ts'
import type { Output } from './output.ts'
import type { SaidItems } from './said-items.ts'

/** The lists of functions that are in the context, the newest of each server that the request names. */
export async function readLists(
  { tools }: ResponseRequest,
  { items: own }: Output,
  said: SaidItems,
): Promise<ToolList[]> {
  const labels = new Set(tools.flatMap((tool) => (tool.type === 'mcp' ? [tool.server_label] : [])))
  const lists = new Map<string, ToolList>()
  const take = ({ item, isAwaited }: StoredItem) => {
    if (item.type !== 'mcp_list_tools' || isAwaited || item.error !== undefined) return
    if (!labels.has(item.server_label) || lists.has(item.server_label)) return
    lists.set(item.server_label, {
      source: item.server_label,
      state: 'completed',
      tools: item.tools.map(listedTool),
    })
  }
  for (const { body } of own.toReversed()) take(body)
  if (lists.size < labels.size)
    for await (const stored of said.with('"type":"mcp_list_tools"')) {
      take(stored)
      if (lists.size === labels.size) break
    }
  return [...lists.values()]
}

const listedTool = ({ annotations, ...tool }: McpToolOfItem): McpListedTool => ({
  ...tool,
  annotations: annotations && { readOnlyHint: annotations.read_only },
})

const toolOfItem = ({ annotations, description, name, input_schema }: McpListedTool): McpToolOfItem => ({
  annotations: { read_only: annotations?.['readOnlyHint'] === true },
  description,
  name,
  input_schema,
})

/** Shows which servers are asked for their functions, and what they answer. */
export class McpLists {
  readonly #output: Output
  readonly #open = new Map<string, NewItem>()

  constructor(output: Output) {
    this.#output = output
  }

  take({ source, state, tools, error }: ToolList): void {
    const record = this.#open.get(source) ?? this.#begin(source)
    const { output_index } = record
    this.#output.show(`response.mcp_list_tools.${state}`, { item_id: record.id, output_index })
    if (state === 'in_progress') return
    const item = record.body.item as McpListToolsItem
    item.tools = tools.map(toolOfItem)
    if (error !== undefined) item.error = error
  }

  #begin(source: string): NewItem {
    const record = this.#output.add({ type: 'mcp_list_tools', server_label: source, tools: [] })
    record.body.isAwaited = true
    this.#open.set(source, record)
    const { output_index } = record
    this.#output.show('response.output_item.added', { output_index, item: opening(record.body.item) })
    this.#output.soon([record])
    return record
  }

  /** All lists are there. They end together (as recorded). */
  async end(): Promise<void> {
    const ended = [...this.#open.values()]
    this.#open.clear()
    if (ended.length === 0) return
    for (const { body } of ended) delete body.isAwaited
    await this.#output.write(
      ended,
      ended.map((record) => itemEvent(this.#output.run, 'response.output_item.done', record)),
    )
  }
}
