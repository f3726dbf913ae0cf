import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { openaiResponses, type OpenAIResponsesOptions } from '../src/models/providers/openai-responses.ts'
import type { FakeResponse } from './fake-responses.ts'
import { responsesAsked, startFakeUpstream } from './fake-upstream.ts'

export const hello: LanguageModelV4CallOptions = {
  prompt: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
  ],
}

/** What a model of the Responses API makes of an answer, and what it has sent. */
export async function ask(
  respond: FakeResponse,
  call: LanguageModelV4CallOptions = hello,
  options: Partial<OpenAIResponsesOptions> = {},
) {
  await using upstream = await startFakeUpstream({ respond })
  const model = await at(`${upstream.url}/v1`, options)
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of (await model.doStream(call)).stream) parts.push(part)
  const [body] = responsesAsked(upstream)
  return { parts, body, request: upstream.requests[0] }
}

export const at = (baseUrl: string, options: Partial<OpenAIResponsesOptions> = {}) =>
  openaiResponses({
    name: 'fake',
    baseUrl,
    modelId: 'gpt-5',
    headers: { 'api-key': 'secret-key' },
    callerParameters: true,
    fetch,
    ...options,
  })

export const ofType = <Type extends LanguageModelV4StreamPart['type']>(
  parts: LanguageModelV4StreamPart[],
  type: Type,
) => parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: Type }> => part.type === type)
