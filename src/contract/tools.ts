import { z } from 'zod'
import { cut } from '../errors/errors.ts'
import { mcpTool, type McpTool } from './mcp.ts'
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
 * The tools of the API, as the official clients know them. The types do not cover entries, choices and calls of a tool
 * that the server has in addition, such as `McpTool`. Code must therefore check the `type` before it reads anything else.
 */
export type AssistantTool = CodeInterpreterTool | FileSearchTool | FunctionTool

/** Types of the API, and keys that have another meaning in an entry or a call. */
const taken = ['function', 'code_interpreter', 'file_search', 'mcp', 'id', 'type', 'index', 'constructor']

/** The type of a tool of the embedding program. It is a plain word, because it is also the name of a function. */
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

/** The .NET client always sends an object for the settings of a tool, which is empty when there are none. */
export const noSettings = optional(object({}))

const codeInterpreter = object({
  type: z.literal('code_interpreter'),
  code_interpreter: noSettings,
}).transform(({ type }): CodeInterpreterTool => ({ type }))

/** Answers always show how results are ranked, but the number of results only when it was given. */
const fileSearch = object({
  type: z.literal('file_search'),
  file_search: optional(
    object({
      max_num_results: optional(integer(1, 50)),
      ranking_options: optional(
        object({
          // The Responses API spells these with hyphens and has a newer one. Programs use both spellings in either API.
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

/** A function as the Assistants API and chat completions name it. */
export const namedFunction = object({
  type: z.literal('function'),
  function: object({
    name,
    description: optional(z.string()),
    parameters: optional(jsonSchema),
    strict: optional(z.boolean()),
  }),
})

/** Answers always show parameters and strict, in this order. */
const functionTool = namedFunction
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

/** Schemas for the additional tools, by their types. The compiler knows nothing of them: see `AssistantTool`. */
const forEach = (own: readonly string[], schema: (type: string) => z.ZodType) =>
  own.map(schema) as unknown as []

/** Only the tool knows its settings, so they may be any JSON. Answers show them as they were given. */
const ownTool = (type: string) => object({ type: z.literal(type), [type]: z.unknown().optional() })

/**
 * At most 128 for an assistant and 20 for a run. `own` has the types of the tools that the server has in addition to
 * those of the API.
 */
export const tools = (max: number, own: readonly string[] = []) =>
  list(
    variants(
      codeInterpreter,
      fileSearch,
      functionTool,
      ...forEach(['mcp'], () => mcpTool),
      ...forEach(own, ownTool),
    ),
    max,
  ).check(refuseWhen(sameNames))

/** Finds tools with the same name, because a model calls tools by name and could not tell them apart. */
function sameNames(given: AssistantTool[]): Refusal | undefined {
  const names = given.map(nameOf)
  const at = names.findIndex((name, place) => names.indexOf(name) !== place)
  if (at < 0) return undefined
  return {
    code: 'invalid_value',
    path: [at],
    message: `Invalid '{param}': there is another tool named '${names[at]}'.`,
  }
}

function nameOf(tool: AssistantTool | McpTool): string {
  if (tool.type === 'function') return tool.function.name
  return tool.type === 'mcp' ? tool.server_label : tool.type
}

/** `own` is the same as in `tools`. */
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
