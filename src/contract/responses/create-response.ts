import { z } from 'zod'
import { jsonSchema } from '../json-schema.ts'
import { decimal, integer, name, optional, text, withDefault } from '../limits.ts'
import { metadata } from '../metadata.ts'
import { object, variants } from '../objects.ts'
import { strictFault } from '../strict-schema.ts'
import { contextManagement } from './compaction.ts'
import { input, strictInput } from './input-items.ts'
import { describeUnknown } from './known-parameters.ts'
import { notServed, promptCacheOptions } from './not-served.ts'
import { responsePrompt } from './prompts.ts'
import { reasoningSettings } from './reasoning-settings.ts'
import { described, isFields, reading, Refused, wrongType } from './refused.ts'
import { type TextFormat } from './response.ts'
import { includable } from './shown-item.ts'
import { responseToolChoice, responseTools } from './response-tools.ts'
import { serviceTier } from './service-tier.ts'

const textFormat = variants(
  object({ type: z.literal('json_object') }),
  object({ type: z.literal('text') }),
  object({
    type: z.literal('json_schema'),
    name,
    schema: jsonSchema,
    description: optional(z.string()),
    strict: optional(z.boolean()),
  }),
).transform((format): TextFormat => {
  if (format.type !== 'json_schema') return format
  const { description = null, schema } = format
  // What no provider could hold to strictly is not sent as strict, unless the caller says so.
  const { strict = strictFault(schema) === undefined } = format
  return { type: 'json_schema', description, name: format.name, schema, strict }
})

const textSettings = optional(
  object({ format: optional(textFormat), verbosity: optional(z.enum(['low', 'medium', 'high'])) }),
)

/** Text without limits of the wire, in characters. */
const maxText = 10_485_760

const metadataObject = reading((value): unknown => {
  if (!isFields(value)) throw wrongType([], 'a metadata object', value)
  return value
}).pipe(metadata)

export const conversationId = reading((value): string => {
  const id = isFields(value) ? value['id'] : value
  if (typeof id !== 'string') throw wrongType([], 'one of a string or object', value)
  return id
})

/** The parameters in the order in which their faults are reported. */
const parameters = {
  model: optional(z.string()),
  input: withDefault(input, []),
  previous_response_id: optional(z.string()),
  prompt: optional(responsePrompt),
  moderation: notServed(z.looseObject({})),
  include: optional(z.array(z.enum(includable))),
  tools: optional(responseTools),
  tool_choice: optional(responseToolChoice),
  metadata: withDefault(metadataObject, {}),
  text: textSettings,
  temperature: optional(decimal(0, 2)),
  top_p: optional(decimal(0, 1)),
  presence_penalty: optional(decimal(-2, 2)),
  frequency_penalty: optional(decimal(-2, 2)),
  parallel_tool_calls: withDefault(z.boolean(), true),
  stream: withDefault(z.boolean(), false),
  stream_options: optional(object({ include_obfuscation: optional(z.boolean()) })),
  background: withDefault(z.boolean(), false),
  max_output_tokens: optional(integer(16)),
  max_tool_calls: optional(integer(1)),
  reasoning: reasoningSettings,
  user: optional(text(maxText)),
  safety_identifier: optional(text(64)),
  prompt_cache_options: promptCacheOptions,
  prompt_cache_key: optional(text(1_024)),
  prompt_cache_retention: optional(z.enum(['in_memory', '24h'])),
  truncation: withDefault(z.enum(['auto', 'disabled']), 'disabled'),
  instructions: optional(text(maxText)),
  store: withDefault(z.boolean(), true),
  service_tier: withDefault(serviceTier, 'auto'),
  top_logprobs: optional(integer(0, 20)),
  context_management: contextManagement,
  conversation: optional(conversationId),
  // What Codex says of itself. It changes nothing, here or elsewhere.
  client_metadata: optional(z.record(z.string(), z.unknown())),
  // Only in the newest clients.
  background_options: notServed(),
  image: notServed(),
  access_programs: notServed(),
}

const known = Object.keys(parameters)

/**
 * What is looked at before any value is: whether the parameters are there that must be, and whether there are others. One
 * fault is reported, and of several the one that the original reported.
 */
const present = reading((value): unknown => {
  if (!isFields(value))
    throw new Refused({
      code: 'invalid_type',
      of: 'nothing',
      message: `Invalid type: expected an object, but got ${described(value)} instead.`,
    })
  const { model, input: given, prompt } = value
  // A prompt has a model of its own, and may need no input.
  const isPrompted = isFields(prompt)
  if (model === undefined && !isPrompted) throw lacks('model')
  if (model !== undefined && typeof model !== 'string') throw wrong('model', 'a string', model)
  if (given === undefined && !isPrompted) throw lacks('input')
  if (given === null) throw wrong('input', 'a string', given)
  const other = describeUnknown(value, known)
  if (other) throw new Refused(other)
  return value
})

const lacks = (param: string) =>
  new Refused({
    code: 'missing_required_parameter',
    path: [param],
    message: "Missing required parameter: '{param}'.",
  })

/** Null is called an object here (as recorded). */
const wrong = (param: string, expected: string, value: unknown) =>
  new Refused({
    code: 'invalid_type',
    path: [param],
    message: `Invalid type for '{param}': expected ${expected}, but got ${value === null ? 'an object' : described(value)} instead.`,
  })

/** What a request would make the model read. All of it may be left out. */
export const inputTokensRequest = object({
  model: parameters.model,
  input: parameters.input,
  previous_response_id: parameters.previous_response_id,
  tools: parameters.tools,
  tool_choice: parameters.tool_choice,
  text: parameters.text,
  parallel_tool_calls: parameters.parallel_tool_calls,
  reasoning: parameters.reasoning,
  truncation: parameters.truncation,
  instructions: parameters.instructions,
  conversation: parameters.conversation,
  // Only in the newest clients.
  personality: notServed(),
})
/** The same, which refuses what the original refused of items and this server forgives. */
export const strictInputTokensRequest = inputTokensRequest.extend({ input: withDefault(strictInput, []) })
export type InputTokensRequest = z.output<typeof inputTokensRequest>

export interface InputTokens {
  object: 'response.input_tokens'
  input_tokens: number
}

export const createResponseRequest = present.pipe(object(parameters))
/** The same, which refuses what the original refused of items and this server forgives. */
export const strictCreateResponseRequest = present.pipe(
  object({ ...parameters, input: withDefault(strictInput, []) }),
)
export type CreateResponseRequest = z.output<typeof createResponseRequest>
