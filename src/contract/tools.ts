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

/**
 * The tools of the API, as the official clients know them. An entry, a choice or a call of a tool that the server has
 * besides is none of these to the compiler: whoever reads more of one than its `type` has looked at the type first.
 */
export type AssistantTool = CodeInterpreterTool | FileSearchTool | FunctionTool

/** Types that the API has, and names that an entry or a call has for something else. */
const taken = ['function', 'code_interpreter', 'file_search', 'id', 'type', 'index', 'constructor']

/** The type of an own tool: a plain word, since it is the name of a function as well. */
export const ownType = z
  .string('must be the name of the tool')
  .regex(
    /^[a-z][a-z0-9_]{0,63}$/,
    'must be a word of a-z, 0-9 and _ that begins with a letter, of 64 characters at most',
  )
  .refine((type) => !taken.includes(type), 'must be a word that the API does not use itself')

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

/** Schemas for own tools by their types, of which the compiler knows nothing: see `Tool`. */
const forEach = (own: readonly string[], schema: (type: string) => z.ZodType) =>
  own.map(schema) as unknown as []

/** Only the tool knows what its settings may be: they are any JSON, and shown as they were given. */
const ownTool = (type: string) => object({ type: z.literal(type), [type]: z.unknown().optional() })

/** At most 128 for an assistant, 20 for a run. `own`: types of tools that the server has besides those of the API. */
export const tools = (max: number, own: readonly string[] = []) =>
  list(variants(codeInterpreter, fileSearch, functionTool, ...forEach(own, ownTool)), max).check(
    refuseWhen(sameNames),
  )

/** A model calls tools by name: two of one name could not be told apart. */
function sameNames(given: AssistantTool[]): Refusal | undefined {
  const names = given.map((one) => (one.type === 'function' ? one.function.name : one.type))
  const at = names.findIndex((name, place) => names.indexOf(name) !== place)
  if (at < 0) return undefined
  return {
    code: 'invalid_value',
    path: [at],
    message: `Invalid '{param}': there is another tool named '${names[at]}'.`,
  }
}

/** `own` as with `tools`. */
export const toolChoice = (own: readonly string[] = []) =>
  z.union([
    z.enum(['none', 'auto', 'required']),
    variants(
      object({ type: z.literal('function'), function: object({ name }) }),
      object({ type: z.literal('code_interpreter') }),
      object({ type: z.literal('file_search') }),
      ...forEach(own, (type) => object({ type: z.literal(type) })),
    ),
  ])
