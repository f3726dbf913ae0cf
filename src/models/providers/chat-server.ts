import type { ProviderSettings } from '../provider-settings.ts'
import { localWindows } from './local-windows.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'
import { bearer, cannotChat, listOpenAIModels, type Fetch, type Provider } from './provider.ts'

/** Servers that accept `json_object` and answer 400 to a schema. */
const withoutSchemas = /(^|\.)deepseek\.com$/

/** vLLM, llama.cpp, LM Studio, OpenRouter, and any other server with OpenAI's chat completions. */
export function chatServer(
  { name, baseUrl, apiKey, connectMs, callerParameters, api }: ProviderSettings,
  fetch: Fetch,
): Provider {
  if (!baseUrl) throw new Error(`The provider '${name}' has no base_url`)
  const withWindows = localWindows(fetch, baseUrl, bearer(apiKey))
  const structuredOutputs = !withoutSchemas.test(new URL(baseUrl).hostname)
  return {
    name,
    ...(api === 'responses' && { hostedTools: openaiHostedTools }),
    wire: { baseUrl, headers: bearer(apiKey) },
    structuredOutputs,
    serviceTiers: callerParameters === true,
    // OpenRouter lists hundreds of models. This one chooses among them.
    preferred: /^openrouter\/auto$/,
    async open(modelId) {
      const headers = bearer(apiKey)
      if (api === 'responses') {
        const { openaiResponses } = await import('./openai-responses.ts')
        const told = callerParameters === true
        return openaiResponses({ name, modelId, baseUrl, headers, callerParameters: told, fetch })
      }
      const { openaiCompatible } = await import('./openai-compatible.ts')
      return openaiCompatible({
        name,
        baseUrl,
        modelId,
        headers,
        structuredOutputs,
        connectMs,
        callerParameters,
      })
    },
    async list(signal) {
      const models = await listOpenAIModels(fetch, baseUrl, bearer(apiKey), signal)
      return withWindows(
        models.filter(({ id }) => !cannotChat.test(id)),
        signal,
      )
    },
  }
}
