import { z } from 'zod'
import { decimal, integer, list, optional, refuseWhen } from './limits.ts'
import { object, variants } from './objects.ts'
import { reasoningEffort, responseFormat } from './response-format.ts'
import { namedFunction } from './tools.ts'

/** What is read of a request that goes on to a provider as it is. The provider judges the rest. */
export const chatCompletionRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({})).min(1),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_usage: optional(z.boolean()) })),
})
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>

/** Programs write every field that their types have. What is null was left out. */
const withoutNulls = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
    : value

const text = object({ type: z.literal('text'), text: z.string() })
const texts = z.union([z.string(), z.array(text).min(1)])
const userPart = variants(
  object({ type: z.literal('text'), text: z.string() }),
  object({
    type: z.literal('image_url'),
    image_url: object({ url: z.string(), detail: optional(z.enum(['auto', 'low', 'high'])) }),
  }),
)
const call = object({
  id: z.string(),
  type: z.literal('function'),
  function: object({ name: z.string(), arguments: z.string() }),
})
const message = z.discriminatedUnion('role', [
  object({ role: z.literal('system'), content: texts, name: optional(z.string()) }),
  object({ role: z.literal('developer'), content: texts, name: optional(z.string()) }),
  object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(userPart).min(1)]),
    name: optional(z.string()),
  }),
  object({
    role: z.literal('assistant'),
    content: optional(texts),
    name: optional(z.string()),
    refusal: optional(z.string()),
    tool_calls: optional(z.array(call)),
    // Programs send back what they were given.
    annotations: optional(z.array(z.unknown())),
    audio: optional(z.never()),
    function_call: optional(z.never()),
  }),
  object({ role: z.literal('tool'), content: texts, tool_call_id: z.string() }),
])
export type ChatMessage = z.output<typeof message>

const unsupported = {
  code: 'unsupported_parameter',
  message: "Unsupported parameter: '{param}' is not supported with this model.",
}
/** For what may be said to be off, but cannot be on. */
const notServed = optional(z.boolean()).check(
  refuseWhen((value) => (value === true ? unsupported : undefined)),
)
/** For what would change the answer, and cannot here. */
const refused = optional(z.unknown()).check(
  refuseWhen((value) => (value === undefined ? undefined : unsupported)),
)

/**
 * A request that is translated for a model whose provider does not speak this wire. Whatever such models cannot honour is refused.
 */
const translated = object({
  model: z.string(),
  messages: z.array(z.preprocess(withoutNulls, message)).min(1),
  stream: optional(z.boolean()),
  stream_options: optional(object({ include_usage: optional(z.boolean()), include_obfuscation: notServed })),
  temperature: optional(decimal(0, 2)),
  top_p: optional(decimal(0, 1)),
  frequency_penalty: optional(decimal(-2, 2)),
  presence_penalty: optional(decimal(-2, 2)),
  max_tokens: optional(integer(1)),
  max_completion_tokens: optional(integer(1)),
  stop: optional(z.union([z.string(), z.array(z.string()).max(4)])),
  seed: optional(z.int()),
  n: optional(integer(1, 1)),
  tools: optional(list(namedFunction, 128)),
  tool_choice: optional(
    z.union([
      z.enum(['none', 'auto', 'required']),
      object({ type: z.literal('function'), function: object({ name: z.string() }) }),
    ]),
  ),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(responseFormat),
  reasoning_effort: optional(reasoningEffort),
  store: notServed,
  logprobs: notServed,
  // These say who asks, and change no answer.
  user: optional(z.string()),
  safety_identifier: optional(z.string()),
  prompt_cache_key: optional(z.string()),
  // There are no others than the default.
  service_tier: optional(z.enum(['auto', 'default'])),
  modalities: optional(z.tuple([z.literal('text')])),
  ...Object.fromEntries(
    'audio function_call functions logit_bias metadata moderation prediction prompt_cache_options prompt_cache_retention top_logprobs verbosity web_search_options'
      .split(' ')
      .map((name) => [name, refused] as const),
  ),
})
export const translatedChatRequest = z.preprocess(
  withoutNulls,
  translated.check(
    refuseWhen(({ tools = [], tool_choice: choice, parallel_tool_calls: parallel }) => {
      const forced = choice === 'required' || typeof choice === 'object'
      const param = forced ? 'tool_choice' : 'parallel_tool_calls'
      if (tools.length === 0 && (forced || parallel === false))
        return {
          code: null,
          path: [param],
          message: `Invalid value for '{param}': '${param}' is only allowed when 'tools' are specified.`,
        }
      if (typeof choice !== 'object') return undefined
      const { name: chosen } = choice.function
      return tools.some((one) => one.function.name === chosen)
        ? undefined
        : {
            code: null,
            path: ['tool_choice'],
            message: `Tool choice '${chosen.slice(0, 200)}' not found in 'tools' parameter.`,
          }
    }),
  ),
)
export type TranslatedChatRequest = z.output<typeof translated>

export interface ChatUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { cached_tokens: number; audio_tokens: number }
  completion_tokens_details: {
    reasoning_tokens: number
    audio_tokens: number
    accepted_prediction_tokens: number
    rejected_prediction_tokens: number
  }
}

export interface ChatToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/** A whole answer. */
export const toChatCompletion = ({
  id,
  created,
  model,
  content,
  refusal,
  toolCalls,
  finishReason,
  usage,
}: {
  id: string
  created: number
  model: string
  content: string | null
  refusal: string | null
  toolCalls: ChatToolCall[]
  finishReason: FinishReason
  usage: ChatUsage
}) => ({
  id,
  object: 'chat.completion' as const,
  created,
  model,
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant' as const,
        content,
        ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
        refusal,
        annotations: [],
      },
      logprobs: null,
      finish_reason: finishReason,
    },
  ],
  usage,
  service_tier: 'default' as const,
  system_fingerprint: null,
})

/** A piece of an answer. `usage` is in the last one alone, which has no choice. */
export const toChatChunk = (
  { id, created, model }: { id: string; created: number; model: string },
  piece: { delta: object; finish_reason?: FinishReason } | { usage: ChatUsage },
) => ({
  id,
  object: 'chat.completion.chunk' as const,
  created,
  model,
  service_tier: 'default' as const,
  system_fingerprint: null,
  choices:
    'usage' in piece
      ? []
      : [{ index: 0, delta: piece.delta, logprobs: null, finish_reason: piece.finish_reason ?? null }],
  ...('usage' in piece && { usage: piece.usage }),
})
