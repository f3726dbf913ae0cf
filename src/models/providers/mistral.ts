import type { ProviderSettings } from '../provider-settings.ts'
import { bearer, cannotChat, listOpenAIModels, type Fetch, type Provider } from './provider.ts'
import { withShortCallIds } from './short-call-ids.ts'

export function mistral({ name, baseUrl, apiKey = '' }: ProviderSettings, fetch: Fetch): Provider {
  const baseURL = baseUrl ?? 'https://api.mistral.ai/v1'
  return {
    name,
    ownNames: /^(open-)?(mistral|ministral|magistral|codestral|devstral|pixtral|mixtral)-/,
    preferred: /^mistral-large-latest$/,
    defaultModel: 'mistral-large-latest',
    structuredOutputs: true,
    serviceTiers: false,
    async open(modelId) {
      const { createMistral } = await import('@ai-sdk/mistral')
      return withShortCallIds(createMistral({ baseURL, apiKey, fetch }).languageModel(modelId))
    },
    async list(signal) {
      const models = await listOpenAIModels(fetch, baseURL, bearer(apiKey), signal)
      return models.filter(({ id }) => !cannotChat.test(id))
    },
  }
}
