import type { ProviderSettings } from '../provider-settings.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'
import type { Fetch, Provider } from './provider.ts'

/** The API of Azure OpenAI without a version. The names of models are those of deployments. */
export function azure(
  { name, baseUrl, apiKey = '', models, connectMs, callerParameters, api }: ProviderSettings,
  fetch: Fetch,
): Provider {
  if (!baseUrl) throw new Error(`The provider '${name}' has no base_url`)
  const { pathname } = new URL(baseUrl)
  const base = pathname === '/' ? `${baseUrl}/openai/v1` : baseUrl
  const headers = { 'api-key': apiKey }
  return {
    name,
    ...(api === 'responses' && { hostedTools: openaiHostedTools }),
    wire: { baseUrl: base, headers },
    structuredOutputs: true,
    serviceTiers: callerParameters === true,
    async open(modelId) {
      if (api === 'responses') {
        const { openaiResponses } = await import('./openai-responses.ts')
        const told = callerParameters === true
        return openaiResponses({ name, modelId, baseUrl: base, headers, callerParameters: told, fetch })
      }
      const { openaiCompatible } = await import('./openai-compatible.ts')
      return openaiCompatible({
        name,
        baseUrl: base,
        modelId,
        headers,
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
