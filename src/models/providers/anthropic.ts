import type { ProviderSettings } from '../provider-settings.ts'
import { anthropicHostedTools, withClaudeSearches } from './anthropic-search.ts'
import { entries, getJson, type Fetch, type Provider } from './provider.ts'

export function anthropic({ name, baseUrl, apiKey = '' }: ProviderSettings, fetch: Fetch): Provider {
  const baseURL = anthropicAddress(baseUrl)
  return {
    name,
    ownNames: /^claude-/,
    preferred: /^claude-sonnet-/,
    defaultModel: 'claude-sonnet-5',
    structuredOutputs: true,
    serviceTiers: false,
    hostedTools: anthropicHostedTools,
    async open(modelId) {
      const { createAnthropic } = await import('@ai-sdk/anthropic')
      const { withStopRefusals } = await import('./anthropic-refusals.ts')
      const { withoutPauses } = await import('./anthropic-pauses.ts')
      const model = createAnthropic({ name, baseURL, apiKey, fetch }).languageModel(modelId)
      return withStopRefusals(withClaudeSearches(withoutPauses(model)))
    },
    async list(signal) {
      const headers = { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }
      const { data } = await getJson(fetch, `${baseURL}/models?limit=1000`, { headers, signal })
      return entries(data).map(({ id }) => ({ id }))
    },
  }
}

/** Anthropic's own clients expect ANTHROPIC_BASE_URL without `/v1`, and the package needs it with `/v1`. */
function anthropicAddress(baseUrl = 'https://api.anthropic.com'): string {
  return new URL(baseUrl).pathname === '/' ? `${baseUrl.replace(/\/$/, '')}/v1` : baseUrl
}
