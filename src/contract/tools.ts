import { z } from 'zod'
import { cut } from '../errors.ts'
import { object, variants } from './objects.ts'
import { jsonSchema } from './json-schema.ts'
import { decimal, integer, list, name, optional, refuseWhen, type Refusal } from './limits.ts'

export interface CodeInterpreterTool {
  type: 'code_interpreter'
}

export interface FileSearchTool {
  type: 'file_search'
  file_search?: {
    max_num_results?: number
    ranking_options?: {
      ranker?: 'auto' | 'default_2024_08_21'
      score_threshold: number
      hybrid_search?: { embedding_weight: number; text_weight: number } | null
    }
  }
}

export interface FunctionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    /** A JSON Schema of type object. */
    parameters?: Record<string, unknown>
    strict?: boolean | null
  }
}

export type Tool = CodeInterpreterTool | FileSearchTool | FunctionTool

export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'code_interpreter' }
  | { type: 'file_search' }

/** .NET's client sends settings of a tool along, which are empty where there is nothing to set. */
export const noSettings = optional(object({}))

const codeInterpreter = object({
  type: z.literal('code_interpreter'),
  code_interpreter: noSettings,
}).transform(({ type }): CodeInterpreterTool => ({ type }))

/** The wire always shows how results are ranked, and the number of results only where it was given. */
const fileSearch = object({
  type: z.literal('file_search'),
  file_search: optional(
    object({
      max_num_results: optional(integer(1, 50)),
      ranking_options: optional(
        object({
          // The other API spells them with hyphens and has a newer one, and programs take both from there.
          ranker: optional(
            z.enum([
              'auto',
              'default_2024_08_21',
              'default-2024-08-21',
              'default_2024_11_15',
              'default-2024-11-15',
            ]),
          ),
          score_threshold: decimal(0, 1),
          hybrid_search: optional(
            object({
              embedding_weight: decimal(0, Number.MAX_VALUE),
              text_weight: decimal(0, Number.MAX_VALUE),
            }),
          ),
        }),
      ),
    }),
  ),
}).transform(({ file_search: given }): FileSearchTool => ({
  type: 'file_search',
  file_search: {
    ...(given?.max_num_results !== undefined && { max_num_results: given.max_num_results }),
    ranking_options: {
      ranker: 'default_2024_08_21',
      score_threshold: given?.ranking_options?.score_threshold ?? 0,
      hybrid_search: given?.ranking_options?.hybrid_search ?? null,
    },
  },
}))

/** The wire always shows parameters and strict, in this order. */
const functionTool = object({
  type: z.literal('function'),
  function: object({
    name,
    description: optional(z.string()),
    parameters: optional(jsonSchema),
    strict: optional(z.boolean()),
  }),
})
  .check(
    refuseWhen(({ function: given }) => {
      const type = given.parameters?.['type']
      if (!given.parameters || type === undefined || type === 'object') return undefined
      return {
        code: 'invalid_function_parameters',
        path: ['function', 'parameters'],
        message: `Invalid schema for function '${given.name}': schema must be a JSON Schema of 'type: "object"', got 'type: ${cut(JSON.stringify(type))}'.`,
      }
    }),
  )
  .transform(({ function: given }): FunctionTool => ({
    type: 'function',
    function: {
      name: given.name,
      ...(given.description !== undefined && { description: given.description }),
      parameters: given.parameters ?? { type: 'object', properties: {} },
      strict: given.strict ?? false,
    },
  }))

const tool = variants(codeInterpreter, fileSearch, functionTool)

/** At most 128 for an assistant, 20 for a run. */
export const tools = (max: number) => list(tool, max).check(refuseWhen(sameNames))

/** A model calls tools by name: two of one name could not be told apart. */
function sameNames(given: Tool[]): Refusal | undefined {
  const names = given.map((one) => (one.type === 'function' ? one.function.name : one.type))
  const at = names.findIndex((name, place) => names.indexOf(name) !== place)
  if (at < 0) return undefined
  return {
    code: 'invalid_value',
    path: [at],
    message: `Invalid '{param}': there is another tool named '${names[at]}'.`,
  }
}

export const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  variants(
    object({ type: z.literal('function'), function: object({ name }) }),
    object({ type: z.literal('code_interpreter') }),
    object({ type: z.literal('file_search') }),
  ),
])
