import { isChatServer, type ProviderSettings } from '../provider-settings.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'
import { givesLogprobs, withTokenLogprobs } from './openai-logprobs.ts'
import { bearer, cannotChat, listOpenAIModels, type Fetch, type Provider } from './provider.ts'
import { withHostedTurns } from './with-stream.ts'

const officialUrl = 'https://api.openai.com/v1'

export function openai(
  { name, baseUrl = officialUrl, apiKey = '', connectMs, callerParameters = true, api }: ProviderSettings,
  fetch: Fetch,
): Provider {
  const isGateway = isChatServer({ type: 'openai', baseUrl, ...(api && { api }) })
  return {
    name,
    ...(!isGateway && { hostedTools: openaiHostedTools, givesLogprobs }),
    wire: { baseUrl, headers: bearer(apiKey) },
    ownNames: /^(gpt-|chatgpt-|o\d|ft:)/,
    preferred: /^gpt-[\d.]+$/,
    defaultModel: 'gpt-4.1',
    structuredOutputs: true,
    serviceTiers: callerParameters,
    listsBareNames: true,
    async open(modelId) {
      // Another address is a gateway, which streams as gateways do.
      if (isGateway) {
        const { openaiCompatible } = await import('./openai-compatible.ts')
        // Newer models refuse `max_tokens`, also behind a gateway.
        const maxTokensField = /^(o\d|gpt-[5-9])/.test(modelId) ? 'max_completion_tokens' : 'max_tokens'
        const headers = bearer(apiKey)
        return openaiCompatible({
          name,
          baseUrl,
          modelId,
          headers,
          structuredOutputs: true,
          maxTokensField,
          connectMs,
          callerParameters,
        })
      }
      const { openaiResponses } = await import('./openai-responses.ts')
      const headers = bearer(apiKey)
      const responses = await openaiResponses({ name, modelId, baseUrl, headers, callerParameters, fetch })
      if (api === 'responses') return responses
      const { createOpenAI } = await import('@ai-sdk/openai')
      const { withRefusals } = await import('./openai-refusals.ts')
      // Chat completions instead of Responses, because the parameters of a run are those of chat completions.
      const given = createOpenAI({ name, baseURL: baseUrl, apiKey, fetch }).chat(modelId)
      const chat = withTokenLogprobs(withRefusals(given))
      return withHostedTurns(chat, responses)
    },
    async list(signal) {
      const models = await listOpenAIModels(fetch, baseUrl, bearer(apiKey), signal)
      return models.filter(({ id }) => !cannotChat.test(id))
    },
  }
}
