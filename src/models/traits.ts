import { abilitiesOf, type Abilities } from './abilities.ts'
import { contextWindowOf, defaultContextWindow } from './context-window.ts'
import { hostedToolsOf } from './hosted-tools.ts'
import type { ModelTraits } from './model.ts'
import type { ModelLimits } from './provider-settings.ts'
import { openaiHostedTools } from './providers/openai-hosted-tools.ts'
import type { Connected } from './resolve-name.ts'

/** What is known of a model of a provider. What a refusal has told of its window comes before all else, then the configuration. */
export function traitsOf({ settings, catalogue }: Connected, modelId: string): ModelTraits {
  const { provider } = catalogue
  const limits: ModelLimits = settings.models[modelId] ?? {}
  const offered = catalogue.offered.find(({ id }) => id === modelId)
  const contextWindow =
    catalogue.learnedWindow(modelId) ??
    limits.contextWindow ??
    offered?.contextWindow ??
    provider.contextWindow ??
    contextWindowOf(modelId)
  const { tools, images }: Abilities = { ...abilitiesOf(modelId), ...offered }
  return {
    name: `${settings.name}/${modelId}`,
    provider: settings.name,
    contextWindow: contextWindow ?? defaultContextWindow,
    contextWindowKnown: contextWindow !== undefined,
    structuredOutputs: limits.structuredOutputs ?? provider.structuredOutputs,
    serviceTiers: provider.serviceTiers,
    logprobs: provider.givesLogprobs?.(modelId) ?? false,
    ...hostedToolsOf(provider.hostedTools),
    ...(tools !== undefined && { tools }),
    ...(images !== undefined && { images }),
  }
}

/** The same of `demo`, or of a model of the embedding program. One that is scripted plays every tool, and is certain of its tokens. */
export const localTraits = (name: string, madeBy: string | undefined): ModelTraits => ({
  name,
  provider: name,
  contextWindow: 128_000,
  contextWindowKnown: false,
  structuredOutputs: true,
  logprobs: madeBy === 'scripted',
  ...hostedToolsOf(madeBy === 'scripted' ? openaiHostedTools : {}),
  ...(name === 'demo' && { tools: true, images: false }),
})
