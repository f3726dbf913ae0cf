import type { LanguageModelV4 } from '@ai-sdk/provider'
import { followAlias } from './aliases.ts'
import type { Catalogue } from './catalogue.ts'
import type { ProviderSettings } from './provider-settings.ts'

export interface Connected {
  settings: ProviderSettings
  catalogue: Catalogue
}

/** What names can lead to. */
export interface KnownModels {
  /** `demo`, and models of the embedding program. */
  local: Map<string, LanguageModelV4>
  /** Of these, the names that the embedding program gave. */
  own: string[]
  connected: Connected[]
  aliases: Record<string, string>
  defaultModel: string | undefined
}

/** The name of a local model, or a provider's model. */
export type Hit = string | { connected: Connected; modelId: string }

/** Names that clients of the Assistants API are full of, whatever serves them here. */
const wellKnown = /^(gpt-|chatgpt-|o[134](-|$))/

/** A chain of aliases longer than this is a circle. */
const longestChain = 5

/**
 * Finds what serves a name, in this order: an exact alias; `provider/model`; a local model; a configured model; an
 * alias pattern; a provider's own names; a model that a provider lists; the pattern `*`; the default model for
 * OpenAI's names. What the operator wrote thus comes before what a provider happens to list.
 */
export async function resolveName(
  name: string,
  known: KnownModels,
  { ready, askAll }: { ready: Promise<void>; askAll: () => Promise<void> },
  depth = 0,
): Promise<Hit | undefined> {
  const { local, connected, aliases } = known
  const follow = (target: string) =>
    target === name || depth >= longestChain
      ? undefined
      : resolveName(target, known, { ready, askAll }, depth + 1)

  if (Object.hasOwn(aliases, name) && aliases[name] !== name) return follow(aliases[name] ?? '')

  const found = named(name, known)
  if (found) return found
  const slash = name.indexOf('/')
  // An Ollama that is being looked for may turn out to be the one that is meant.
  if (slash > 0) await ready
  const afterwards = slash > 0 ? named(name, known) : undefined
  if (afterwards) return afterwards
  if (local.has(name)) return name
  const configured = connected.find(({ settings }) => Object.hasOwn(settings.models, name))
  if (configured) return { connected: configured, modelId: name }

  const { '*': catchAll, ...patterns } = aliases
  const target = followAlias(patterns, name)
  if (target !== undefined && target !== name) return follow(target)
  const owner = connected.find(({ catalogue }) => catalogue.provider.ownNames?.test(name))
  if (owner) return { connected: owner, modelId: name }

  await ready
  const listed = offering(name, connected)
  if (listed) return listed
  if (catchAll !== undefined && catchAll !== name) return follow(catchAll)
  if (wellKnown.test(name)) {
    if (known.defaultModel) return follow(known.defaultModel)
    if (connected.length === 0) return known.own[0] ?? 'demo'
    for (const one of connected) {
      const modelId = representative(one)
      if (modelId !== undefined) return { connected: one, modelId }
    }
    return undefined
  }
  await askAll()
  return offering(name, connected)
}

/** `provider/model`, whether or not the provider lists the model. */
function named(name: string, { connected }: KnownModels): Hit | undefined {
  const slash = name.indexOf('/')
  if (slash <= 0 || slash === name.length - 1) return undefined
  const provider = connected.find(({ settings }) => settings.name === name.slice(0, slash))
  return provider && { connected: provider, modelId: name.slice(slash + 1) }
}

function offering(name: string, connected: Connected[]): Hit | undefined {
  const provider = connected.find(({ catalogue }) => catalogue.offered.some(({ id }) => id === name))
  return provider && { connected: provider, modelId: name }
}

/** The model that stands for a provider: the first configured one, or the preferred or first one that it lists. */
export function representative({
  settings,
  catalogue: { provider, offered },
}: Connected): string | undefined {
  const configured = Object.keys(settings.models)[0]
  if (configured !== undefined) return configured
  const { preferred } = provider
  const [best] = preferred
    ? offered
        .map(({ id }) => id)
        .filter((id) => preferred.test(id))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    : []
  return best ?? provider.usualModel ?? offered[0]?.id
}
