import type OpenAI from 'openai'
import type { Assistant } from '../../../src/contract/assistants.ts'
import type { ResponseFormat } from '../../../src/contract/response-format.ts'
import { checkFunction, checkSchema } from './json/check-schema.ts'
import { faultIn, type Path, type Problem } from './json/problem.ts'

/** An assistant while somebody edits it: every field as it stands in the form. */
export interface Draft {
  name: string
  description: string
  model: string
  instructions: string
  codeInterpreter: boolean
  fileSearch: boolean
  /** Of each function, its JSON as it is written. */
  functions: string[]
  /** Tools that the console does not know. They are kept as they are. */
  otherTools: Assistant['tools']
  pythonFiles: string[]
  stores: string[]
  temperature: number
  topP: number
  reasoningEffort: string | null
  format: 'auto' | 'text' | 'json_object' | 'json_schema'
  /** What follows `json_schema` in the response format, as it is written. */
  schema: string
  metadata: Record<string, string>
}

export const emptyDraft = (model: string): Draft => ({
  name: '',
  description: '',
  model,
  instructions: '',
  codeInterpreter: false,
  fileSearch: false,
  functions: [],
  otherTools: [],
  pythonFiles: [],
  stores: [],
  temperature: 1,
  topP: 1,
  reasoningEffort: null,
  format: 'auto',
  schema: '{\n  "name": "answer",\n  "schema": {\n    "type": "object",\n    "properties": {}\n  }\n}',
  metadata: {},
})

export function draftOf(assistant: Assistant): Draft {
  const { tools, response_format: format, tool_resources } = assistant
  return {
    ...emptyDraft(assistant.model),
    name: assistant.name ?? '',
    description: assistant.description ?? '',
    instructions: assistant.instructions ?? '',
    codeInterpreter: tools.some(({ type }) => type === 'code_interpreter'),
    fileSearch: tools.some(({ type }) => type === 'file_search'),
    functions: tools.flatMap((tool) =>
      tool.type === 'function' ? [JSON.stringify(tool.function, null, 2)] : [],
    ),
    otherTools: tools.filter(({ type }) => !['code_interpreter', 'function'].includes(type)),
    pythonFiles: tool_resources.code_interpreter?.file_ids ?? [],
    stores: tool_resources.file_search?.vector_store_ids ?? [],
    temperature: assistant.temperature,
    topP: assistant.top_p,
    reasoningEffort: assistant.reasoning_effort,
    format: typeof format === 'string' ? format : format.type,
    metadata: assistant.metadata,
    ...(typeof format === 'object' &&
      format.type === 'json_schema' && { schema: JSON.stringify(format.json_schema, null, 2) }),
  }
}

/** What the server has refused, and where in the request. */
export interface Refusal {
  draft: Draft
  path: Path
  message: string
}

interface Problems {
  model?: string
  functions: Problem[][]
  schema: Problem[]
}

/** What is wrong with it, and worth knowing, by field. What was refused is said until the field is another one. */
export function problemsOf(draft: Draft, refusal?: Refusal): Problems {
  const { path: [where, index, ...rest] = [], message = '', draft: refused } = refusal ?? {}
  const functionAt = where === 'tools' ? Number(index) - toolsBeforeFunctions(draft).length : -1
  const ofFunction = (text: string, at: number): Problem[] =>
    at === functionAt && refused?.functions[at] === text ? [{ message, path: rest.slice(1) }] : []
  const isSchema = where === 'response_format' && refused?.schema === draft.schema
  return {
    ...(draft.model === '' && { model: 'Choose a model.' }),
    functions: draft.functions.map((text, at) => [...checkFunction(text), ...ofFunction(text, at)]),
    schema:
      draft.format === 'json_schema'
        ? [...checkSchema(draft.schema), ...(isSchema ? [{ message, path: rest }] : [])]
        : [],
  }
}

export function isValid(draft: Draft): boolean {
  const { model, functions, schema } = problemsOf(draft)
  return [model, faultIn(schema), ...functions.map(faultIn)].every((fault) => fault === undefined)
}

export type AssistantFields = OpenAI.Beta.AssistantCreateParams

/** The request that creates an assistant like this one, or changes one into it. The draft is valid. */
export function requestOf(draft: Draft): AssistantFields {
  return {
    name: draft.name || null,
    description: draft.description || null,
    model: draft.model,
    instructions: draft.instructions || null,
    tools: toolsOf(draft),
    tool_resources: {
      code_interpreter: { file_ids: draft.codeInterpreter ? draft.pythonFiles : [] },
      file_search: { vector_store_ids: draft.fileSearch ? draft.stores : [] },
    },
    temperature: draft.temperature,
    top_p: draft.topP,
    reasoning_effort: draft.reasoningEffort as NonNullable<AssistantFields['reasoning_effort']> | null,
    response_format: formatOf(draft) as NonNullable<AssistantFields['response_format']>,
    metadata: draft.metadata,
  }
}

/** Its tools. The draft is valid. */
export const toolsOf = (draft: Draft): OpenAI.Beta.AssistantTool[] => [
  ...toolsBeforeFunctions(draft),
  ...draft.functions.map((text) => ({ type: 'function' as const, function: JSON.parse(text) })),
]

function toolsBeforeFunctions(draft: Draft): OpenAI.Beta.AssistantTool[] {
  const search = draft.otherTools.find(({ type }) => type === 'file_search') ?? {
    type: 'file_search' as const,
  }
  return [
    ...(draft.codeInterpreter ? [{ type: 'code_interpreter' as const }] : []),
    ...(draft.fileSearch ? [search as OpenAI.Beta.FileSearchTool] : []),
    ...(draft.otherTools.filter(({ type }) => type !== 'file_search') as OpenAI.Beta.AssistantTool[]),
  ]
}

function formatOf({ format, schema }: Draft): ResponseFormat {
  if (format === 'auto') return 'auto'
  return format === 'json_schema' ? { type: format, json_schema: JSON.parse(schema) } : { type: format }
}
