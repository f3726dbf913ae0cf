import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'

/** Names that models use for this tool because they were trained with a similar one. */
export const fileSearchNames = /^(file[-_ ]?search|msearch|myfiles_browser)$/i

/** The tool as the model sees it. */
export const fileSearchDefinition: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'file_search',
  description:
    'Searches the files of this conversation and returns passages. Write each query as a full question or phrase ' +
    'that makes sense without the conversation; use several for several questions. State what you take from a passage ' +
    'together with its marker, copied exactly, for example 【0:2†report.pdf】.',
  inputSchema: {
    type: 'object',
    properties: {
      queries: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 5 },
    },
    required: ['queries'],
    additionalProperties: false,
  },
}
