import type { ProviderSettings } from '../provider-settings.ts'
import { googleHostedTools, withSearches } from './google-search.ts'
import { entries, getJson, type Fetch, type Provider } from './provider.ts'

export function google({ name, baseUrl, apiKey = '' }: ProviderSettings, fetch: Fetch): Provider {
  const baseURL = baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta'
  return {
    name,
    ownNames: /^(gemini|gemma)-/,
    preferred: /^gemini-[\d.]+-flash$/,
    defaultModel: 'gemini-2.5-flash',
    structuredOutputs: true,
    serviceTiers: true,
    hostedTools: googleHostedTools,
    async open(modelId) {
      const { createGoogle } = await import('@ai-sdk/google')
      return withSearches(createGoogle({ name, baseURL, apiKey, fetch }).languageModel(modelId))
    },
    async list(signal) {
      const headers = { 'x-goog-api-key': apiKey }
      const { models } = await getJson(fetch, `${baseURL}/models?pageSize=1000`, { headers, signal })
      return entries(models).flatMap(({ id, entry }) => {
        const methods = entry['supportedGenerationMethods']
        if (!Array.isArray(methods) || !methods.includes('generateContent')) return []
        const contextWindow = entry['inputTokenLimit']
        return [
          { id: id.replace(/^models\//, ''), ...(typeof contextWindow === 'number' && { contextWindow }) },
        ]
      })
    },
  }
}
