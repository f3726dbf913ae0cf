import type { ProviderSettings } from '../provider-settings.ts'
import { bearer, cannotChat, listOpenAIModels, type Fetch, type Provider } from './provider.ts'

export function openai({ name, baseUrl, apiKey = '' }: ProviderSettings, fetch: Fetch): Provider {
  const baseURL = baseUrl ?? 'https://api.openai.com/v1'
  return {
    name,
    ownNames: /^(gpt-|chatgpt-|o\d|ft:)/,
    preferred: /^gpt-[\d.]+$/,
    usualModel: 'gpt-4.1',
    structuredOutputs: true,
    listsBareNames: true,
    async open(modelId) {
      const { createOpenAI } = await import('@ai-sdk/openai')
      // Chat completions rather than Responses: the parameters of a run are those of chat completions.
      return createOpenAI({ name, baseURL, apiKey, fetch }).chat(modelId)
    },
    async list(signal) {
      const models = await listOpenAIModels(fetch, baseURL, bearer(apiKey), signal)
      return models.filter(({ id }) => !cannotChat.test(id))
    },
  }
}
