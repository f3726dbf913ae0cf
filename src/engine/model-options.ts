import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'
import { callerOptions } from '../models/caller-options.ts'
import { joinOptions, oneToolCallAtATime } from '../models/provider-options.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { ModelRequest } from './model-request.ts'

export type ModelOptions = Omit<LanguageModelV4CallOptions, 'prompt' | 'abortSignal'>

/**
 * Everything that one turn asks of the model besides the prompt. A forced tool is forced in the first turn of the run
 * only (as recorded).
 */
export function modelOptions(
  request: ModelRequest,
  turn: {
    first: boolean
    maxOutputTokens: number | undefined
    tools: ToolSet
    /** How many calls of tools that the server or the provider runs are left. */
    callsLeft: number
  },
): ModelOptions {
  const { answer, temperature, topP, reasoning, frequencyPenalty, presencePenalty } = request
  const { tools: set, callsLeft } = turn
  const tools = set.definitions.filter(({ name }) => callsLeft > 0 || !set.isServed(name))
  const { toolChoice: requested } = request
  // After a restart the server may not have this tool any more.
  const isThere = requested.type !== 'tool' || tools.some(({ name }) => name === requested.toolName)
  const toolChoice =
    requested.type === 'none' || (turn.first && isThere) ? requested : { type: 'auto' as const }
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(reasoning !== undefined && { reasoning }),
    ...(turn.maxOutputTokens !== undefined && { maxOutputTokens: turn.maxOutputTokens }),
    ...(tools.length > 0 && { tools, toolChoice }),
    ...(answer.type === 'json' && { responseFormat: { type: 'json' as const } }),
    ...(answer.type === 'json-schema' && {
      responseFormat: {
        type: 'json' as const,
        name: answer.name,
        ...(answer.schema && { schema: answer.schema }),
        ...(answer.description !== undefined && { description: answer.description }),
      },
    }),
    providerOptions: providerOptions(request, {
      // Only the provider can keep to a limit of the calls that it makes itself. None are left of those that are not offered.
      maxToolCalls: tools.some(({ type, name }) => type === 'provider' && set.isServed(name))
        ? callsLeft
        : Infinity,
    }),
  }
}

/** Settings that the common interface of models does not have, under the names that the providers give them. */
function providerOptions(
  { parallelToolCalls, answer, caller, reasoningSummary, logprobs }: ModelRequest,
  { maxToolCalls }: { maxToolCalls: number },
): SharedV4ProviderOptions {
  return joinOptions([
    parallelToolCalls ? {} : oneToolCallAtATime,
    callerOptions(caller ?? {}),
    logprobs === undefined ? {} : { openai: { logprobs } },
    reasoningSummary ? { openai: { reasoningSummary } } : {},
    maxToolCalls < Infinity ? { openai: { maxToolCalls } } : {},
    answer.type === 'json-schema' ? { openai: { strictJsonSchema: answer.strict } } : {},
  ])
}
