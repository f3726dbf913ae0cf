import type { McpApprovalRequestItem, McpCallItem, StoredItem } from '../contract/responses/items.ts'
import type { CallsTurn } from '../engine/conversation.ts'
import type { ReplayedCall } from '../tools/tool.ts'
import { textOfError } from '../tools/mcp/connection.ts'
import { mcpFunctionName } from '../tools/mcp/function-name.ts'
import { approvalsIn } from './approvals.ts'

type TurnCall = CallsTurn['calls'][number]

/** A call of a function of a server, as the model reads it. */
export function mcpCallTurn(item: McpCallItem, told: string | undefined): ReplayedCall {
  const { server_label, name, arguments: given, output, error } = item
  const failure = error === null ? '' : `Error: ${textOfError(error)}`
  return { name: mcpFunctionName(server_label, name), arguments: given, result: told ?? output ?? failure }
}

/** What has become of the requests for approval in a conversation. */
export function readApprovals(stored: readonly StoredItem[]) {
  const answers = approvalsIn(stored.map(({ item }) => item))
  const made = new Set(
    stored.flatMap(({ item, approval }) => [
      approval,
      item.type === 'mcp_call' ? (item.approval_request_id ?? undefined) : undefined,
    ]),
  )

  function resultOf(id: string): string {
    const answer = answers.get(id)
    if (!answer) return 'Nothing was called: the user has not said whether this call is allowed.'
    if (answer.approve) return 'Nothing was called, although the user has allowed it.'
    const { reason = '' } = answer
    return `Nothing was called: the user did not allow this call.${reason === '' ? '' : ` ${reason}`}`
  }

  return {
    /** The call as the model reads it. Undefined where it was made, since the call itself follows. */
    unmade(item: McpApprovalRequestItem, { told, provider }: StoredItem): TurnCall | undefined {
      if (made.has(item.id)) return undefined
      return {
        id: item.id,
        metadata: provider,
        name: mcpFunctionName(item.server_label, item.name),
        arguments: item.arguments,
        result: told ?? resultOf(item.id),
      }
    },
  }
}
