import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { McpError, McpListedTool, McpTool } from '../../contract/mcp.ts'
import type { PublicFetch } from '../../common/public-fetch.ts'
import type { ToolList } from '../tool.ts'
import type { McpConnection, McpOutcome } from './connection.ts'
import { textOfError } from './connection.ts'
import { isAllowed } from './filter.ts'
import { mcpFunctionName } from './function-name.ts'

/** A model is offered no more functions of one server, and no larger descriptions of them, in characters. */
const maxTools = 128
const maxDefinitions = 512 * 1024
const maxDescription = 8 * 1024
/** How long a server may take to be connected to and to list its functions, in milliseconds. */
const listMs = 30_000

/** One server in one run: its functions are listed once, over a connection that calls use as well. */
export interface McpServer {
  readonly settings: McpTool
  /** What is offered of it, by the names under which models know the functions. */
  readonly offered: ReadonlyMap<string, McpListedTool>
  /** Why nothing is offered. */
  readonly problem: string | undefined
  /** Lists the functions, the first time. Rejects only with the reason of the signal, or where the client is not installed. */
  ready(signal: AbortSignal): Promise<void>
  call(name: string, given: Record<string, unknown>, signal: AbortSignal): Promise<McpOutcome>
  close(): Promise<void>
}

export interface McpParts {
  fetch: PublicFetch
  /** The client, which is loaded where it is used first. Rejects where it is not installed. */
  load: () => Promise<{
    connectMcp: (server: McpTool, fetch: PublicFetch, signal: AbortSignal) => Promise<McpConnection>
    mcpErrorOf: (error: unknown) => McpError
  }>
}

export function openMcpServer(
  settings: McpTool,
  { fetch, load }: McpParts,
  {
    known,
    listed = () => {},
  }: { known: readonly McpListedTool[] | undefined; listed?: ((list: ToolList) => void) | undefined },
): McpServer {
  const { server_label: source } = settings
  let offered: ReadonlyMap<string, McpListedTool> = new Map()
  let problem: string | undefined
  let connecting: Promise<McpConnection> | undefined
  let isReady = false

  /** Returns what of the list may be used. */
  function offer(tools: readonly McpListedTool[]): McpListedTool[] {
    const allowed = tools.filter((tool) => isAllowed(settings, tool) && isCallable(tool))
    if (allowed.length > maxTools)
      throw new Error(
        `it has ${allowed.length} functions, and at most ${maxTools} are offered: name some in allowed_tools`,
      )
    if (JSON.stringify(allowed).length > maxDefinitions)
      throw new Error('its functions are described in too many words: name some in allowed_tools')
    offered = new Map(allowed.map((tool) => [mcpFunctionName(source, tool.name), tool]))
    return allowed
  }

  /** A list that a caller has sent back may be any list. */
  function offerKnown(tools: readonly McpListedTool[]): void {
    try {
      offer(tools)
    } catch (error) {
      problem = (error as Error).message
    }
  }

  async function connection(signal: AbortSignal): Promise<McpConnection> {
    const { connectMcp } = await load()
    // One that failed is tried again by the next call.
    connecting ??= connectMcp(settings, fetch, signal).catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }

  async function list(signal: AbortSignal): Promise<void> {
    const { mcpErrorOf } = await load()
    listed({ source, state: 'in_progress', tools: [] })
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(listMs)])
    try {
      const tools = offer(await (await connection(bounded)).list(bounded))
      listed({ source, state: 'completed', tools })
    } catch (error) {
      signal.throwIfAborted()
      const timedOut = bounded.aborted
      const said =
        error instanceof Error && !timedOut ? textOfError(mcpErrorOf(error)) : 'it did not answer in time'
      problem = said
      listed({ source, state: 'failed', tools: [], error: said })
    }
  }

  return {
    settings,
    get offered() {
      return offered
    },
    get problem() {
      return problem
    },
    async ready(signal) {
      if (isReady) return
      if (known) offerKnown(known)
      else await list(signal)
      isReady = true
    },
    async call(name, given, signal) {
      const { mcpErrorOf } = await load()
      try {
        return await (await connection(signal)).call(name, given, signal)
      } catch (error) {
        signal.throwIfAborted()
        return { error: mcpErrorOf(error) }
      }
    },
    async close() {
      await connecting?.then(
        (open) => open.close(),
        () => {},
      )
    },
  }
}

const isCallable = ({ name, input_schema: schema }: McpListedTool) =>
  name !== '' && name.length <= 256 && (schema['type'] === 'object' || schema['type'] === undefined)

/** What a model is told of a function. */
export const definitionOf = (
  name: string,
  { description, input_schema }: McpListedTool,
): LanguageModelV4FunctionTool => ({
  type: 'function',
  name,
  ...(description !== null && { description: description.slice(0, maxDescription) }),
  inputSchema: { type: 'object', ...input_schema },
})
