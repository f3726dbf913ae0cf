import type { RunStepBody, ToolCall } from '../contract/run-steps.ts'
import type { CallsTurn } from '../engine/conversation.ts'
import { replayOwnCall } from '../tools/own-tool.ts'
import type { EndedCall } from '../tools/tool.ts'
import type { Tools } from '../tools/tool-set.ts'

/** A call of a step, as the tool that it was of reads it again. */
export const endedCall = (
  call: ToolCall,
  { told: toolResults, asked: toolArguments }: RunStepBody,
): EndedCall => ({
  id: call.id,
  details: (call as unknown as Record<string, object>)[call.type] ?? {},
  toolResult: toolResults?.[call.id],
  toolArguments: toolArguments?.[call.id],
})

/** The calls of a step as a model is told of them. `own`: the step is of the run that asks. */
export function callsTurn(tools: Tools, body: RunStepBody, own: boolean): CallsTurn {
  const calls = body.step_details.type === 'tool_calls' ? body.step_details.tool_calls : []
  // Providers want it back within a turn of the conversation, not later.
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
