import {
  Client,
  ProtocolError,
  SdkError,
  SdkHttpError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type FetchLike,
  type JsonSchemaValidator,
} from '@modelcontextprotocol/client'
import type { McpError, McpListedTool, McpTool } from '../../contract/mcp.ts'
import type { PublicFetch } from '../../common/public-fetch.ts'
import type { McpConnection, McpOutcome } from './connection.ts'
import { storable, textOfResult } from './result.ts'

/** How long a server may take to be connected to and to list its functions, and for a call, in milliseconds. */
const listMs = 20_000
const callMs = 300_000
/** More than one answer of a server may have, in bytes. */
const maxAnswerBytes = 8 * 1024 ** 2
const maxPages = 16

/**
 * Connects to a server over Streamable HTTP, or over the older HTTP with SSE where it knows no other. Rejects when it cannot be
 * reached.
 */
export async function connectMcp(
  server: McpTool,
  fetch: PublicFetch,
  signal: AbortSignal,
): Promise<McpConnection> {
  const headers = {
    ...server.headers,
    ...(server.authorization !== undefined && { authorization: `Bearer ${server.authorization}` }),
  }
  const url = new URL(server.server_url)
  const options = { requestInit: { headers }, fetch: limited(fetch) }
  const open = async (transport: StreamableHTTPClientTransport | SSEClientTransport) => {
    const client = newClient()
    try {
      await client.connect(transport, { signal, timeout: listMs })
      return client
    } catch (error) {
      await client.close().catch(() => {})
      throw error
    }
  }
  const streamable = new StreamableHTTPClientTransport(url, options)
  const client = await open(streamable).catch((error: unknown) => {
    if (signal.aborted || !isRefusedMethod(error)) throw error
    return open(new SSEClientTransport(url, options))
  })
  return {
    list: async (signal) =>
      (await client.listTools(undefined, { signal, timeout: listMs })).tools.map(listed),
    call: (name, given, signal) => call(client, name, given, signal),
    async close() {
      await streamable.terminateSession().catch(() => {})
      await client.close().catch(() => {})
    },
  }
}

const anything = (data: unknown) => ({ valid: true, data, errorMessage: undefined })

/** Schemas of a server are not compiled: what it answers goes to the model as text. */
const newClient = () =>
  new Client(
    { name: 'threadmill', version: '1' },
    {
      listMaxPages: maxPages,
      jsonSchemaValidator: {
        getValidator: <T>() => anything as JsonSchemaValidator<T>,
      },
    },
  )

/** An older server refuses the first request of the newer transport with one of these. */
const isRefusedMethod = (error: unknown) =>
  error instanceof SdkHttpError && [400, 404, 405].includes(error.status ?? 0)

function listed(tool: {
  name: string
  description?: string | undefined
  inputSchema: object
  annotations?: object | undefined
}): McpListedTool {
  return {
    name: tool.name,
    description: tool.description === undefined ? null : storable(tool.description),
    input_schema: tool.inputSchema as Record<string, unknown>,
    annotations: (tool.annotations as Record<string, unknown> | undefined) ?? null,
  }
}

async function call(
  client: Client,
  name: string,
  given: Record<string, unknown>,
  signal: AbortSignal,
): Promise<McpOutcome> {
  const options = { signal, timeout: callMs, maxTotalTimeout: callMs }
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: given }, options)
  const text = textOfResult(content, structuredContent)
  return isError
    ? { error: { type: 'mcp_tool_execution_error', content: [{ type: 'text', text }] } }
    : { output: text }
}

/** Why a server could not be asked, without its address and what opens it. */
export function mcpErrorOf(error: unknown): McpError {
  if (error instanceof SdkHttpError)
    return {
      type: 'http_error',
      code: error.status ?? 0,
      message: `The server answered ${error.status ?? 'nothing'}.`,
    }
  if (error instanceof ProtocolError)
    return { type: 'mcp_protocol_error', code: error.code, message: storable(error.message).slice(0, 1_000) }
  const { message, cause } = error as Error & { cause?: unknown }
  const { code } = (cause ?? error) as NodeJS.ErrnoException
  const why =
    error instanceof SdkError
      ? message
      : typeof code === 'string'
        ? `The connection failed: ${code}`
        : String(message ?? 'The server failed.')
  return { type: 'mcp_protocol_error', code: -32_000, message: storable(why).slice(0, 1_000) }
}

/** Our own fetch in the form that the client asks for, whose answers end in an error when they are too long. */
const limited =
  (fetch: PublicFetch): FetchLike =>
  async (url, init) => {
    const response = await fetch(url, {
      method: init?.method ?? 'GET',
      ...(init?.headers && { headers: init.headers as Record<string, string> }),
      ...(typeof init?.body === 'string' && { body: init.body }),
      ...(init?.signal && { signal: init.signal }),
    })
    if (!response.body) return response
    let bytes = 0
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > maxAnswerBytes)
          controller.error(new Error(`The server answered more than ${maxAnswerBytes} bytes.`))
        else controller.enqueue(chunk)
      },
    })
    const { status, headers } = response
    return new Response(response.body.pipeThrough(counting), { status, headers })
  }
