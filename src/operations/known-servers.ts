import { toThreadId } from '../contract/responses/conversations.ts'
import { shownMcpTool } from '../contract/responses/mcp-response-tool.ts'
import type { ResponseTool } from '../contract/responses/response-tools.ts'
import { cutOutText, isCutOut, type McpTool } from '../contract/mcp.ts'
import { invalid } from '../errors/errors.ts'
import { listResponses } from '../store/list-responses.ts'
import { responseById } from '../store/responses.ts'
import type { Context } from './context.ts'

interface Request {
  tools?: ResponseTool[] | undefined
  conversation?: string | undefined
  previous_response_id?: string | undefined
}

/** Of a conversation, the newest responses that are looked at. */
const maxLookedAt = 5

/**
 * The request with whole servers of MCP. Answers cut out of them what may be a secret, and clients send the tools of an answer back
 * when they go on with it. A server that is sent back so is the one of that label and address that the response before, or a
 * newer one of the conversation, was asked with: only it is told what was cut out. Throws a 400 where there is none.
 */
export async function withKnownServers<Asked extends Request>(ctx: Context, request: Asked): Promise<Asked> {
  const { tools = [] } = request
  if (!tools.some((tool) => tool.type === 'mcp' && cutField(tool))) return request
  const known = (await toolsBefore(ctx, request)).filter((tool) => tool.type === 'mcp')
  return {
    ...request,
    tools: tools.map((tool, at) => (tool.type === 'mcp' ? whole(tool, known, `tools[${at}]`) : tool)),
  }
}

function whole(tool: McpTool, known: McpTool[], path: string): McpTool {
  const field = cutField(tool)
  if (field === undefined) return tool
  const same = known.find((one) => one.server_label === tool.server_label && isShownAs(one, tool.server_url))
  if (!same) throw invalid(cutOutText(`${path}.${field}`), `${path}.${field}`, 'invalid_value')
  const { authorization = '<redacted>', headers = {} } = tool
  const given = Object.entries(headers).filter(([, value]) => !isCutOut(value))
  const token = isCutOut(authorization) ? same.authorization : authorization
  return {
    ...tool,
    server_url: same.server_url,
    headers: { ...same.headers, ...Object.fromEntries(given) },
    ...(token !== undefined && { authorization: token }),
  }
}

const isShownAs = (tool: McpTool, address: string) =>
  [tool.server_url, shownMcpTool(tool).server_url].includes(address.replace(/%3credacted%3e/i, '<redacted>'))

/** The first field that was cut out. */
function cutField({ server_url, authorization = '', headers = {} }: McpTool): string | undefined {
  if (isCutOut(server_url)) return 'server_url'
  if (isCutOut(authorization)) return 'authorization'
  const name = Object.keys(headers).find((one) => isCutOut(headers[one] ?? ''))
  return name === undefined ? undefined : `headers.${name}`
}

async function toolsBefore(
  { db, project }: Context,
  { previous_response_id: previous, conversation }: Request,
): Promise<ResponseTool[]> {
  if (previous !== undefined) return (await responseById(db, project, previous))?.request.tools ?? []
  const thread_id = conversation === undefined ? undefined : toThreadId(conversation)
  if (thread_id === undefined) return []
  const page = await listResponses(db, project, {
    thread_id,
    limit: maxLookedAt,
    order: 'desc',
    metadata: {},
  })
  return page.data.flatMap(({ request }) => request.tools)
}
