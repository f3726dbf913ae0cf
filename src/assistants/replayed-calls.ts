import type { RunStepBody, ToolCall } from '../contract/run-steps.ts'
import type { CallsTurn } from '../engine/conversation.ts'
import { replayOwnCall } from '../tools/own-tool.ts'
import type { EndedCall } from '../tools/tool.ts'
import type { Tools } from '../tools/tool-set.ts'

/** A call of a step, in the form in which its tool reads it again. */
export const endedCall = (
  call: ToolCall,
  { told: toolResults, asked: toolArguments }: RunStepBody,
): EndedCall => ({
  id: call.id,
  details: (call as unknown as Record<string, object>)[call.type] ?? {},
  toolResult: toolResults?.[call.id],
  toolArguments: toolArguments?.[call.id],
})

/** The calls of a step, without those that were deleted as items of the conversation. */
export const toldCalls = ({ step_details: details, deleted_calls: deleted = [] }: RunStepBody): ToolCall[] =>
  details.type === 'tool_calls' ? details.tool_calls.filter(({ id }) => !deleted.includes(id)) : []

/** The calls of a step as a model reads them. `own` is true when the step is of the run that asks the model. */
export function callsTurn(tools: Tools, body: RunStepBody, own: boolean): CallsTurn {
  const calls = toldCalls(body)
  // Providers need their own data back only within the same run.
  const providerState = own ? body.replay : undefined
  return {
    speaker: 'tools',
    reasoning: providerState?.reasoning ?? [],
    said: [],
    calls: calls.map((call) => {
      const ended = endedCall(call, body)
      const shown = tools.get(call.type)?.replay(ended, own) ?? replayOwnCall(call.type, ended)
      return { id: call.id, ...shown, metadata: providerState?.calls[call.id] }
    }),
  }
}
