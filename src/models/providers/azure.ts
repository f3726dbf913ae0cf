import type { ProviderSettings } from '../provider-settings.ts'
import type { Provider } from './provider.ts'

/** The API of Azure OpenAI without a version. The names of models are those of deployments. */
export function azure({
  name,
  baseUrl,
  apiKey = '',
  models,
  connectMs,
  callerParameters,
}: ProviderSettings): Provider {
  if (!baseUrl) throw new Error(`The provider '${name}' has no base_url`)
  const { pathname } = new URL(baseUrl)
  const base = pathname === '/' ? `${baseUrl}/openai/v1` : baseUrl
  return {
    name,
    wire: { baseUrl: base, headers: { 'api-key': apiKey } },
    structuredOutputs: true,
    serviceTiers: callerParameters === true,
    async open(modelId) {
      const { openaiCompatible } = await import('./openai-compatible.ts')
      return openaiCompatible({
        name,
        baseUrl: base,
        modelId,
        headers: { 'api-key': apiKey },
        structuredOutputs: true,
        connectMs,
        callerParameters,
        maxTokensField: 'max_completion_tokens',
      })
    },
    // Azure lists every model of the region, even when it is not deployed. Only the configured ones can be asked.
    list: async () => Object.keys(models).map((id) => ({ id })),
  }
}
