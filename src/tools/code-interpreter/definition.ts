import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'

/** Names that models use for this tool because they were trained with a similar one. */
export const codeInterpreterNames =
  /^(code[-_ ]?interpreter|i?python[23]?|(run|execute)_python|python_(interpreter|tool))$/i

/** The tool as the model sees it. `packages` are modules that can be imported; undefined when they are not known. */
export const codeInterpreterDefinition = (packages?: string[]): LanguageModelV4FunctionTool => ({
  type: 'function',
  name: 'code_interpreter',
  description:
    'Runs Python in a stateful notebook kernel without network access. Variables stay between calls. ' +
    'Printed text, the value of the last expression, pictures and tracebacks come back; the user sees the pictures. ' +
    'Files of the conversation are in /mnt/data; files written there, at most two folders deep, are kept and can be ' +
    'offered to the user as [name](sandbox:/mnt/data/name).' +
    inWords(packages),
  inputSchema: {
    type: 'object',
    properties: { code: { type: 'string', description: 'The Python program of this cell.' } },
    required: ['code'],
    additionalProperties: false,
  },
})

function inWords(packages: string[] | undefined): string {
  if (packages === undefined) return ''
  if (packages.length === 0) {
    return ' Of Python there is the standard library only: no numpy, no pandas, no matplotlib, and nothing can be installed.'
  }
  const plotly = packages.includes('plotly')
    ? ' There is no browser: a plotly figure that is shown becomes an HTML file, and matplotlib draws pictures.'
    : ''
  return ` Besides the standard library there are ${packages.join(', ')}; nothing else can be installed.${plotly}`
}
