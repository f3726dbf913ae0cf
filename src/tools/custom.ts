import { lenientJson } from '../models/lenient-json.ts'
import { stringArgument } from './string-argument.ts'
import type { Call, Tool } from './tool.ts'

/** What a caller says of a tool of its own that takes text. */
interface CustomEntry {
  name: string
  description: string | null
  format: { type: 'text' } | { type: 'grammar'; syntax: string; definition: string }
}

interface Details {
  name: string
  input: string
}

/** Tools of the caller that take a text in place of arguments. The caller runs them while the run waits. */
export const customTool: Tool<Details> = {
  type: 'custom',
  isCallers: true,
  open: ({ requested }) => ({
    definitions: (requested as unknown as CustomEntry[]).map((entry) => ({
      type: 'function',
      name: entry.name,
      ...(entry.description !== null && { description: entry.description }),
      inputSchema: {
        type: 'object',
        properties: { input: { type: 'string', description: describe(entry) } },
        required: ['input'],
      },
    })),
    begin: customCall,
  }),
  replay: ({ details, toolResult }) => ({
    name: details.name,
    arguments: JSON.stringify({ input: details.input }),
    result: toolResult ?? '',
  }),
}

/** A grammar is told to the model, whose provider may not know how to enforce it. */
const describe = ({ format }: CustomEntry): string =>
  format.type === 'text'
    ? 'The whole input of the tool, as plain text.'
    : `The whole input of the tool. It must follow this grammar (${format.syntax}):\n${format.definition}`

/** The text is shown while the arguments arrive that it is in. */
function customCall(name: string): Call<Details> {
  const details: Details = { name, input: '' }
  const argument = stringArgument('input')
  const add = (text: string) => {
    if (text === '') return undefined
    details.input += text
    return { input: text }
  }
  return {
    details,
    isOfCaller: true,
    argue: (piece) => add(argument.push(piece)),
    settle(text) {
      const input = inputOf(text)
      const delta = input.startsWith(details.input) ? add(input.slice(details.input.length)) : undefined
      details.input = input
      return delta
    },
    run: async () => ({ waitsFor: details }),
  }
}

/** Models that do not keep to the form write the text itself. */
function inputOf(text: string): string {
  const parsed = lenientJson(text)
  const input =
    parsed !== null && typeof parsed === 'object' ? (parsed as { input?: unknown }).input : undefined
  return typeof input === 'string' ? input : text
}
