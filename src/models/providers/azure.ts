import type { ProviderSettings } from '../provider-settings.ts'
import type { Provider } from './provider.ts'

/** Azure OpenAI's version-less API; the names are those of deployments. */
export function azure({ name, baseUrl, apiKey = '', models, connectMs }: ProviderSettings): Provider {
  if (!baseUrl) throw new Error(`The provider '${name}' has no base_url`)
  const { pathname } = new URL(baseUrl)
  const base = pathname === '/' ? `${baseUrl}/openai/v1` : baseUrl
  return {
    name,
    structuredOutputs: true,
    async open(modelId) {
      const { openaiCompatible } = await import('./openai-compatible.ts')
      return openaiCompatible({
        name,
        baseUrl: base,
        modelId,
        headers: { 'api-key': apiKey },
        structuredOutputs: true,
        connectMs,
        maxTokensField: 'max_completion_tokens',
      })
    },
    // Azure's own list names every model of the region, deployed or not: only the configured ones will answer.
    list: async () => Object.keys(models).map((id) => ({ id })),
  }
}
