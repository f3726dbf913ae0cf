import type { LanguageModelV4 } from '@ai-sdk/provider'
import { demo, demoOwner } from './demo/demo.ts'
import type { ModelRegistry, ServedModel } from './model.ts'
import type { ModelSettings } from './settings.ts'

export interface RegistryOptions {
  /** Models of the embedding program or of a test, by the name that they answer to. */
  models?: Record<string, LanguageModelV4>
  /** Where this server listens, so that a base URL that leads back to it is noticed. */
  own?: { host: string; port: number }
  fetch?: typeof globalThis.fetch
  log?: (message: string, fields?: Record<string, unknown>) => void
}

export interface OpenRegistry extends ModelRegistry {
  /** A few lines for the banner: which models were found, or that only `demo` answers. Names no secret. */
  describe(): string[]
  /** The text of `model_not_found` for this name, naming what is available. */
  explainMissing(name: string): Promise<string>
  close(): Promise<void>
}

export function openRegistry(
  settings: Partial<ModelSettings> = {},
  options: RegistryOptions = {},
): OpenRegistry {
  const opened = Math.floor(Date.now() / 1000)
  const served = (name: string, model: LanguageModelV4): ServedModel => ({
    name,
    contextWindow: 32_768,
    structuredOutputs: true,
    model,
  })
  const models = new Map(
    Object.entries(options.models ?? {}).map(([name, model]) => [name, served(name, model)]),
  )
  const fallback = models.keys().next().value ?? 'demo'
  models.set('demo', served('demo', demo()))

  const registry: OpenRegistry = {
    async resolve(name) {
      const wanted = settings.aliases?.[name] ?? name
      const found = models.get(wanted)
      if (found) return found
      if (/^(gpt-|chatgpt-|o[134])/.test(wanted)) return models.get(settings.defaultModel ?? fallback)
      return undefined
    },
    async list() {
      return [...models.keys()].map((id) => ({
        id,
        created: opened,
        owned_by: id === 'demo' ? demoOwner : 'local',
      }))
    },
    describe: () => [],
    async explainMissing(name) {
      return `The model '${name}' does not exist. Available: ${[...models.keys()].join(', ')}.`
    },
    async close() {},
  }
  return registry
}
