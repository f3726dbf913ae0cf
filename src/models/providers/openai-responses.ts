import {
  APICallError,
  type JSONObject,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Prompt,
} from '@ai-sdk/provider'
import type { CallerParameters } from '../caller-options.ts'
import { askedLogprobs } from '../logprobs.ts'
import { collect } from '../stream-parts.ts'
import { attachLogprobs } from './openai-logprobs.ts'
import { responsesParts } from './openai-responses-parts.ts'
import type { Fetch } from './provider.ts'

export interface OpenAIResponsesOptions {
  /** The name of the provider. */
  name: string
  modelId: string
  /** The address up to `/responses`. A query, such as Azure's `api-version`, is kept. */
  baseUrl: string
  /** Authorization and similar headers. */
  headers: Record<string, string>
  /** Whether the server is told what a caller says of itself and of its request. */
  callerParameters: boolean
  fetch: Fetch
}

/** The models that `@ai-sdk/openai` knows by their names. Of others it does not know whether they reason. */
const knownNames = /^(o\d|gpt-\d|chatgpt-)/

/** Fewer tokens are refused by the API. */
const fewestOutputTokens = 16

/**
 * The Responses API of OpenAI, or of a server that speaks it. Nothing is kept there (`store: false`): reasoning is sent back as the
 * model has encrypted it, and no item is named by its id.
 */
export async function openaiResponses(options: OpenAIResponsesOptions): Promise<LanguageModelV4> {
  const { name, modelId, baseUrl } = options
  const { createOpenAI } = await import('@ai-sdk/openai')
  // The name is the one under which the package looks for its options.
  const model = createOpenAI({
    name: 'openai',
    baseURL: baseUrl,
    apiKey: 'sent by the fetch below',
    fetch: toAddress(options),
  }).responses(modelId)

  const doStream: LanguageModelV4['doStream'] = async (call) => {
    const asked = responsesCall(call, options)
    const { stream, ...rest } = await ask(asked)
    const weighed = askedLogprobs(call) === undefined ? stream : stream.pipeThrough(attachLogprobs())
    return { ...rest, stream: weighed.pipeThrough(responsesParts()) }
  }
  const ask: LanguageModelV4['doStream'] = async (call) => {
    try {
      return await model.doStream(call)
    } catch (error) {
      // What another account has encrypted is readable there alone, and some belongs to a search, which is not sent.
      if (!isUnreadableReasoning(error)) throw error
      return model.doStream({ ...call, prompt: withoutReasoning(call.prompt, () => true) })
    }
  }
  return {
    specificationVersion: 'v4',
    provider: name,
    modelId,
    supportedUrls: { 'image/*': [/^https?:/] },
    doStream,
    doGenerate: (call) => collect(call, doStream),
  }
}

function responsesCall(
  call: LanguageModelV4CallOptions,
  { modelId, callerParameters }: OpenAIResponsesOptions,
): LanguageModelV4CallOptions {
  const { maxOutputTokens, prompt, reasoning } = call
  const unknown = !knownNames.test(modelId)
  const reasons = reasoning !== undefined && reasoning !== 'none' && reasoning !== 'provider-default'
  return {
    ...call,
    ...(maxOutputTokens !== undefined && { maxOutputTokens: Math.max(maxOutputTokens, fewestOutputTokens) }),
    prompt: withoutReasoning(prompt, isForeign),
    includeRawChunks: true,
    providerOptions: {
      openai: {
        ...openaiOptions(call, callerParameters),
        store: false,
        ...(unknown && { systemMessageMode: 'system', ...(reasons && { forceReasoning: true }) }),
      },
    },
  }
}

/** Without a summary that was asked for, none is: some accounts may not have one. */
function openaiOptions({ providerOptions }: LanguageModelV4CallOptions, withCaller: boolean): JSONObject {
  const { logprobs, ...asked } = providerOptions?.['openai'] ?? {}
  // The package takes a number from 1 on, and then includes them.
  const tokens = logprobs === 0 ? { include: ['message.output_text.logprobs'] } : { logprobs }
  const given = Object.entries({ reasoningSummary: null, ...asked, ...(logprobs !== undefined && tokens) })
  return Object.fromEntries(given.filter(([name]) => withCaller || !ofCallers.has(name)))
}

const ofCallers: ReadonlySet<string> = new Set<keyof CallerParameters>([
  'user',
  'safetyIdentifier',
  'promptCacheKey',
  'promptCacheRetention',
  'serviceTier',
])

type Part = Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>['content'][number]

/** Reasoning of other models, and reasoning that was not encrypted, cannot be sent. */
const isForeign = ({ providerOptions }: Part) =>
  typeof providerOptions?.['openai']?.['reasoningEncryptedContent'] !== 'string'

const withoutReasoning = (
  prompt: LanguageModelV4Prompt,
  isLeft: (part: Part) => boolean,
): LanguageModelV4Prompt =>
  prompt.flatMap((message): LanguageModelV4Prompt => {
    if (message.role !== 'assistant') return [message]
    const content = message.content.filter((part) => part.type !== 'reasoning' || !isLeft(part))
    return content.length > 0 ? [{ ...message, content }] : []
  })

const isUnreadableReasoning = (error: unknown) =>
  APICallError.isInstance(error) &&
  error.statusCode === 400 &&
  /invalid_encrypted_content|encrypted content|'reasoning' was provided without its required/i.test(
    `${error.responseBody} ${error.message}`,
  )

/** Sends requests to the address as it was configured, with its own headers instead of those of the package. */
function toAddress({ baseUrl, headers: own, fetch }: OpenAIResponsesOptions): Fetch {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/responses`
  return (_input, init) => {
    const headers = new Headers(init?.headers)
    headers.delete('authorization')
    for (const [name, value] of Object.entries(own)) headers.set(name, value)
    return fetch(url.href, { ...init, headers })
  }
}
