import { baseURL } from '../api/client.ts'
import { isOfCaller, type Item, type Response } from '../api/responses.ts'

/** What a program needs to make such a response. The key is not in it: programs read it from the environment. */
export interface ResponseCall {
  baseURL: string
  /** Of the request that creates a response, without `stream`. */
  body: Record<string, unknown>
  /** Whether the model may call functions of the caller. */
  hasFunctions: boolean
  /** Whether it may ask for a screenshot or an approval, which a program cannot give by itself. */
  asksPeople: boolean
  /** The labels of MCP servers of which answers do not show all that a request needs. */
  redacted: string[]
}

/**
 * The call that makes a response again from its own input, and goes on with what it went on with: with what differs from the defaults of
 * the API.
 */
export function callOfResponse(
  response: Response,
  { items, previous }: { items: readonly Item[]; previous: string | undefined },
): ResponseCall {
  const { tools, conversation, prompt, reasoning, text, service_tier: tier } = response
  const body: Record<string, unknown> = { model: response.model, input: inputOf(items) }
  const set = (name: string, value: unknown, unless?: unknown) => {
    if (value !== null && value !== undefined && value !== unless) body[name] = value
  }
  set('previous_response_id', previous)
  set('conversation', conversation?.id)
  set('prompt', prompt)
  // Those of a prompt are shown as messages, and come with it.
  if (typeof response.instructions === 'string') set('instructions', response.instructions, '')
  if (!prompt && tools.length > 0) body['tools'] = tools.map(toolOf)
  set('tool_choice', response.tool_choice, 'auto')
  if (!response.parallel_tool_calls) body['parallel_tool_calls'] = false
  set('max_tool_calls', response.max_tool_calls)
  set('max_output_tokens', response.max_output_tokens)
  set('temperature', response.temperature, 1)
  set('top_p', response.top_p, 1)
  set('frequency_penalty', response.frequency_penalty, 0)
  set('presence_penalty', response.presence_penalty, 0)
  if (reasoning.effort ?? reasoning.summary) body['reasoning'] = withoutNulls(reasoning)
  if (text.format.type !== 'text' || text.verbosity !== 'medium') body['text'] = text
  set('truncation', response.truncation, 'disabled')
  if (tier !== 'auto') set('service_tier', tier, 'default')
  set('prompt_cache_key', response.prompt_cache_key)
  set('prompt_cache_retention', response.prompt_cache_retention)
  set('safety_identifier', response.safety_identifier)
  set('user', response.user)
  if (response.background) body['background'] = true
  if (Object.keys(response.metadata).length > 0) body['metadata'] = response.metadata
  const hasFunctions = tools.some(({ type }) => type === 'function' || type === 'custom')
  // Its calls are answered with what goes on with it, which has to be stored for that.
  if (!response.store && !hasFunctions) body['store'] = false
  const asksPeople = tools.some(({ type }) => type === 'mcp' || type.startsWith('computer'))
  return { baseURL, body, hasFunctions, asksPeople, redacted: redactedIn(tools) }
}

type Tool = Response['tools'][number]

/** As a request gives it. What is null may be left out, but for the two that the clients want of a function. */
const toolOf = (tool: Tool): object =>
  Object.fromEntries(
    Object.entries(tool).filter(
      ([name, value]) => value !== null || (tool.type === 'function' && name === 'parameters'),
    ),
  )

const withoutNulls = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

const redactedIn = (tools: readonly Tool[]): string[] =>
  tools.flatMap((tool) =>
    tool.type === 'mcp' && JSON.stringify(tool).includes('<redacted>') ? [tool.server_label] : [],
  )

/** As a request gives it: what is said anew has no id yet, and one text is a text. */
function inputOf(items: readonly Item[]): string | object[] {
  const [only] = items
  if (items.length === 1 && only?.type === 'message' && only.role === 'user' && only.content.length === 1) {
    const [part] = only.content
    if (part?.type === 'input_text') return part.text
  }
  return items.map(saidAnew)
}

function saidAnew(item: Item): object {
  if (item.type === 'message' && item.role !== 'assistant') return { role: item.role, content: item.content }
  if (!isOfCaller(item)) return item
  const { id: _made, ...said } = item
  return said
}

/** What a program says of MCP servers before its request. `mark` begins a comment of its language. */
export const redactedNote = ({ redacted }: ResponseCall, mark: string): string =>
  redacted.length === 0
    ? ''
    : `${mark} Answers do not show where ${redacted.join(', ')} is, or its token, as a whole: give them in the place of <redacted>.\n`
