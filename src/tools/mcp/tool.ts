import type { McpCallDetails, McpTool } from '../../contract/mcp.ts'
import type { RunTool, Tool } from '../tool.ts'
import { mcpCall } from './call.ts'
import { definitionOf, openMcpServer, type McpParts, type McpServer } from './server.ts'

/**
 * Functions of servers of the Model Context Protocol. The servers and what they say are strangers' work: nothing that they do
 * ends a run or holds it up for long.
 */
export const createMcp = (parts: McpParts): Tool<McpCallDetails> => ({
  type: 'mcp',
  open({ requested, lists, listed }): RunTool<McpCallDetails> {
    const servers = (requested as unknown as McpTool[]).map((settings) =>
      openMcpServer(settings, parts, {
        known: lists?.find(({ source }) => source === settings.server_label)?.tools,
        listed,
      }),
    )
    const find = (name: string) => {
      for (const server of servers) {
        const tool = server.offered.get(name)
        if (tool) return { server, tool }
      }
      return undefined
    }
    return {
      get definitions() {
        return servers.flatMap(({ offered }) => [...offered].map(([name, tool]) => definitionOf(name, tool)))
      },
      async ready(signal) {
        await Promise.all(servers.map((server) => server.ready(signal)))
      },
      systemText: () => servers.flatMap(aboutServer).join('\n'),
      begin: (name, approval) => mcpCall(name, find(name), approval),
      async close() {
        await Promise.all(servers.map((server) => server.close()))
      },
    }
  },
  // A step shows such a call as one of a function, so this is for an API that shows it as what it is.
  replay: ({ details, toolResult }) => ({
    name: details.name,
    arguments: details.arguments,
    result: toolResult ?? details.output ?? '',
  }),
})

/** What a model should know of a server. A description is that of the caller, and not of the server. */
function aboutServer({ settings, offered, problem }: McpServer): string[] {
  const { server_label: label, server_description: description } = settings
  if (problem !== undefined)
    return [`The functions of the server "${label}" cannot be used now, because ${problem}.`]
  if (description === undefined || offered.size === 0) return []
  return [`The functions that begin with "${label}__" are of this server: ${description}`]
}
