import type OpenAI from 'openai'
import { _iterSSEMessages as readEvents } from 'openai/core/streaming'
import type { ComputerCallItem } from '../../../src/contract/responses/hosted-item-types.ts'
import type {
  CustomToolCallItem,
  FunctionCallItem,
  CallOutputItem,
  McpApprovalRequestItem,
} from '../../../src/contract/responses/items.ts'
import type { Item, Response } from '../api/responses.ts'
import type { NewMessage } from '../playground/start-run.ts'

type Params = OpenAI.Responses.ResponseCreateParamsStreaming
export type Input = OpenAI.Responses.ResponseInputItem

/** What a response goes on with. With neither it begins anew. */
export interface Origin {
  previous_response_id?: string
  conversation?: string
}

/** What somebody has chosen for the next response. What is left out is as in the one before. */
export interface Chosen {
  model?: string
  instructions?: string
  /** By the label of the MCP server: it is never shown again. */
  tokens?: Record<string, string>
}

/**
 * The parameters of a response for another one: neither instructions nor tools are inherited. A choice that demands a call
 * would demand it again of who has its output.
 */
export function settingsOf(
  response: Response,
  { model, instructions, tokens = {} }: Chosen,
): Partial<Params> {
  const { prompt, temperature, top_p, reasoning, tool_choice } = response
  const given = instructions ?? (typeof response.instructions === 'string' ? response.instructions : '')
  const settings = {
    model: model ?? response.model,
    ...(prompt && { prompt }),
    ...(given !== '' && { instructions: given }),
    ...(!prompt && { tools: response.tools.map((tool) => withToken(tool, tokens)) }),
    ...(typeof tool_choice === 'string' && tool_choice !== 'required' && { tool_choice }),
    ...(temperature !== 1 && { temperature }),
    ...(top_p !== 1 && { top_p }),
    ...((reasoning.effort ?? reasoning.summary) !== null && { reasoning }),
    text: response.text,
    truncation: response.truncation,
    max_output_tokens: response.max_output_tokens,
    max_tool_calls: response.max_tool_calls,
    parallel_tool_calls: response.parallel_tool_calls,
  }
  return settings as Partial<Params>
}

type Tool = Response['tools'][number]

function withToken(tool: Tool, tokens: Record<string, string>): object {
  if (tool.type !== 'mcp') return tool
  const { authorization: _hidden, headers: _never, ...shown } = tool
  const token = tokens[tool.server_label]
  return token ? { ...shown, authorization: token } : shown
}

/** The MCP servers whose token has to be given again. */
export const serversWithToken = ({ tools }: Response): string[] =>
  tools.flatMap((tool) =>
    tool.type === 'mcp' && tool.authorization !== undefined ? [tool.server_label] : [],
  )

/** What a response has left for its caller to answer. */
export function asksOf({ status, output }: Response) {
  const isEnded = status === 'completed' || status === 'incomplete'
  return {
    calls: isEnded
      ? output.filter(isCall).map((item) => ({
          item,
          id: item.call_id,
          function: {
            name: item.name,
            arguments: item.type === 'function_call' ? item.arguments : item.input,
          },
        }))
      : [],
    approvals: isEnded
      ? output.filter((item): item is McpApprovalRequestItem => item.type === 'mcp_approval_request')
      : [],
    computerCalls: isEnded
      ? output.filter((item): item is ComputerCallItem => item.type === 'computer_call')
      : [],
  }
}

/** A call that is answered with a text. */
const isCall = (item: Item): item is FunctionCallItem | CustomToolCallItem =>
  item.type === 'function_call' || item.type === 'custom_tool_call'

export const isCallOutput = (item: Item): item is CallOutputItem =>
  item.type === 'function_call_output' ||
  item.type === 'custom_tool_call_output' ||
  item.type === 'computer_call_output'

/** A message as the composer has made it, as an item. Its files are told to the model as text. */
export function inputOf({ content, attachments }: NewMessage): Input[] {
  const parts: OpenAI.Responses.ResponseInputContent[] = (attachments ?? []).map(({ file_id }) => ({
    type: 'input_file',
    file_id: file_id!,
  }))
  for (const part of typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content)
    if (part.type === 'image_file')
      parts.push({ type: 'input_image', detail: 'auto', file_id: part.image_file.file_id })
    else if (part.type === 'text' && part.text !== '') parts.push({ type: 'input_text', text: part.text })
  return [{ role: 'user', content: parts }]
}

/**
 * Begins a response in the background, whose stream can be taken up by whoever opens its page. Resolves when it is there; it
 * goes on by itself.
 */
export async function startResponse(client: OpenAI, params: Partial<Params>): Promise<Response> {
  const reading = new AbortController()
  const answer = await client
    .post('/responses', {
      body: { ...params, background: true, stream: true },
      stream: true,
      signal: reading.signal,
    })
    .asResponse()
  try {
    for await (const { event, data } of readEvents(answer, reading))
      if (event === 'response.created') return (JSON.parse(data) as { response: Response }).response
  } finally {
    reading.abort()
  }
  throw new Error('The server has not said which response it has begun.')
}

/** Items that are not there yet: those that a stream has told of. */
export function withLive(items: readonly Item[], live: readonly Item[] = []): Item[] {
  const known = new Set(items.map(({ id }) => id))
  return [...items, ...live.filter(({ id }) => !known.has(id))]
}
