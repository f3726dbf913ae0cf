import { CannotStart } from '../errors/errors.ts'
import type { ProviderSettings } from '../models/provider-settings.ts'
import type { Embedder } from './embedder.ts'
import type { EmbeddingSettings } from './embedding-settings.ts'
import { localEmbedder, type LocalModel } from './local-embedder.ts'
import { providerEmbedder } from './provider-embedder.ts'
import { serverEmbedder } from './server-embedder.ts'
import { commandLine } from '../common/called-as.ts'

/** The parts from which an embedder is made. */
export interface EmbedderParts {
  /** The model on this machine, if there is one. */
  localModel?: LocalModel | undefined
  fetch?: typeof globalThis.fetch
}

/**
 * The embedder of the settings. Without settings it is the local model, if there is one, because somebody has set it
 * up. Throws CannotStart when the settings require the local model and it is missing.
 */
export function openEmbedder(
  settings: EmbeddingSettings | undefined,
  { localModel, fetch = globalThis.fetch }: EmbedderParts = {},
): Embedder | undefined {
  switch (settings?.type) {
    case undefined:
      return localModel && localEmbedder(localModel)
    case 'off':
      return undefined
    case 'local':
      if (localModel) return localEmbedder(localModel)
      throw new CannotStart(
        `embedding is "local", but the model, or what runs it, is not there: run "${commandLine('setup')}"`,
      )
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
