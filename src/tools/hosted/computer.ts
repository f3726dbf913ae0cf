import { lenientJson } from '../../models/lenient-json.ts'
import { wholeValue } from '../../models/whole-characters.ts'
import type { Call, Tool } from '../tool.ts'
import { hostedType } from './hosted-entry.ts'
import { offeredTools } from './hosted-tool.ts'

interface Details {
  /** The arguments as the provider gives them. */
  input: unknown
}

/** The computer of the caller: the provider knows the tool, and the caller carries out what the model calls it with. */
export const computerTool: Tool<Details> = {
  type: hostedType('computer'),
  isCallers: true,
  open: (context) => ({ definitions: offeredTools('computer', context), begin: computerCall }),
  replay: ({ details, toolResult }) => ({
    name: 'computer',
    arguments: JSON.stringify(details.input),
    result: toolResult ?? '',
  }),
}

/** The actions are shown when all of them are there. */
function computerCall(): Call<Details> {
  const details: Details = { input: {} }
  return {
    details,
    isOfCaller: true,
    argue: () => undefined,
    settle(text) {
      details.input = wholeValue(lenientJson(text || '{}'))
      return undefined
    },
    run: async () => ({ waitsFor: details }),
  }
}
