import { CannotStart } from '../errors.ts'
import type { ProviderSettings } from '../models/provider-settings.ts'
import type { Embedder } from './embedder.ts'
import type { EmbeddingSettings } from './embedding-settings.ts'
import { hasLocalModel, hasLocalRuntime, localEmbedder, localModelFolder } from './local-embedder.ts'
import { providerEmbedder } from './provider-embedder.ts'
import { serverEmbedder } from './server-embedder.ts'

/**
 * The embedder of the settings. Without any, nothing: a model in the data folder is used when it is asked for, since
 * a store that moves into its space by itself would move out of another. Throws CannotStart when the local model, or
 * what runs it, is not there.
 */
export function openEmbedder(
  settings: EmbeddingSettings | undefined,
  dataDir: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Embedder | undefined {
  if (!settings) return undefined
  switch (settings.type) {
    case 'local':
      if (!hasLocalModel(dataDir)) {
        throw new CannotStart(
          `embedding is "local", but the model is not in ${localModelFolder(dataDir)}: run "threadmill models pull embedding"`,
        )
      }
      if (!hasLocalRuntime()) {
        throw new CannotStart(
          'embedding is "local", but the package that runs the model is missing: run "npm install onnxruntime-web"',
        )
      }
      return localEmbedder(localModelFolder(dataDir))
    case 'server': {
      const { baseUrl, model, dimensions } = settings
      const name = `${new URL(baseUrl).host}/${model}${dimensions === undefined ? '' : `@${dimensions}`}`
      return serverEmbedder({ ...settings, name, fetch })
    }
    case 'provider':
      return ofProvider(settings.provider, settings.model, fetch)
  }
}

function ofProvider(provider: ProviderSettings, model: string, fetch: typeof globalThis.fetch): Embedder {
  const { type, baseUrl, apiKey } = provider
  const name = `${provider.name}/${model}`
  const server = (address: string) => serverEmbedder({ name, baseUrl: address, model, apiKey, fetch })
  const key = { apiKey: apiKey ?? '', fetch }
  switch (type) {
    case 'openai':
      return server(baseUrl ?? 'https://api.openai.com/v1')
    case 'ollama':
      return server(`${(baseUrl ?? 'http://127.0.0.1:11434').replace(/\/v1$/, '')}/v1`)
    case 'openai-compatible':
      return server(baseUrl ?? '')
    case 'azure':
      return server(`${(baseUrl ?? '').replace(/\/openai(?:\/v1)?$/, '')}/openai/v1`)
    case 'google':
      return providerEmbedder(name, async () => {
        const { createGoogle } = await import('@ai-sdk/google')
        return createGoogle({ ...key, ...(baseUrl && { baseURL: baseUrl }) }).embeddingModel(model)
      })
    case 'mistral':
      return providerEmbedder(name, async () => {
        const { createMistral } = await import('@ai-sdk/mistral')
        return createMistral({ ...key, ...(baseUrl && { baseURL: baseUrl }) }).embeddingModel(model)
      })
    case 'anthropic':
      throw new Error(`${provider.name} has no embedding models`)
  }
}
