import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { FunctionCall } from '../contract/run-steps.ts'
import type { FunctionTool } from '../contract/tools.ts'
import { unknownTool } from '../errors/last-error.ts'
import type { Call, Tool } from './tool.ts'

type Details = FunctionCall['function']

/**
 * Functions of the caller, who runs them while the run waits. A call with a name that the run does not offer is also of
 * this type. It is answered at once, so that the model can correct itself.
 */
export const functionTool: Tool<Details> = {
  type: 'function',
  isCallers: true,
  open({ requested }) {
    const functions = (requested as unknown as FunctionTool[]).map((entry) => entry.function)
    return {
      definitions: functions.map(definition),
      begin: (name) =>
        functionCall(
          name,
          functions.some((one) => one.name === name),
        ),
    }
  },
  replay: ({ details, toolResult, toolArguments }) => ({
    name: details.name,
    arguments: toolArguments ?? details.arguments,
    result: toolResult ?? details.output ?? '',
  }),
}

function definition({
  name,
  description,
  parameters,
  strict,
}: FunctionTool['function']): LanguageModelV4FunctionTool {
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' && { strict }),
  }
}

/** A call of what there is not, which the model is told. */
export const unknownCall = (name: string): Call<Details> => functionCall(name, false)

function functionCall(name: string, isOffered: boolean): Call<Details> {
  const details: Details = { name, arguments: '', output: null }
  const argue = (piece: string) => {
    if (piece === '') return undefined
    details.arguments += piece
    return { arguments: piece }
  }
  return {
    details,
    isUnknown: !isOffered,
    isOfCaller: isOffered,
    argue,
    settle(text) {
      const { arguments: given } = details
      const delta = text.startsWith(given) ? argue(text.slice(given.length)) : undefined
      details.arguments = text
      return delta
    },
    async run() {
      if (isOffered) return { waitsFor: { name, arguments: details.arguments || '{}' } }
      details.output = unknownTool(name)
      return { toolResult: details.output, error: details.output }
    },
  }
}
