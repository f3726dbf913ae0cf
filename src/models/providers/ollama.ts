import { readAbilities } from '../abilities.ts'
import { defaultOllamaUrl } from '../environment.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import { bearer, cannotChat, entries, getJson, type Fetch, type Provider } from './provider.ts'

/** Ollama lists the default tag, and accepts names without it. */
const withoutTag = (name: string) => name.replace(/:latest$/, '')

/** Ollama through its `/v1`. `baseUrl` is its address, with or without that path. */
export function ollama(
  { name, baseUrl = defaultOllamaUrl, apiKey, connectMs, callerParameters }: ProviderSettings,
  fetch: Fetch,
): Provider {
  const address = baseUrl.replace(/\/v1$/, '')
  const headers = bearer(apiKey)
  return {
    name,
    wire: { baseUrl: `${address}/v1`, headers },
    structuredOutputs: true,
    serviceTiers: callerParameters === true,
    // Ollama silently cuts a prompt at its own setting, whatever the model supports. The default is 4,096.
    contextWindow: 4096,
    shortName: withoutTag,
    async open(modelId) {
      const { openaiCompatible } = await import('./openai-compatible.ts')
      return openaiCompatible({
        name,
        baseUrl: `${address}/v1`,
        modelId,
        headers,
        structuredOutputs: true,
        connectMs,
        callerParameters,
        // It refuses addresses ("invalid image input").
        loadsPictures: false,
      })
    },
    async list(signal) {
      const { models } = await getJson(fetch, `${address}/api/tags`, { headers, signal })
      return entries(models)
        .filter(({ id }) => !cannotChat.test(id))
        .map(({ id, entry }) => ({ id: withoutTag(id), ...readAbilities(entry) }))
    },
  }
}
