import type { LanguageModelV4 } from '@ai-sdk/provider'
import { followAlias } from './aliases.ts'
import type { Catalogue } from './catalogue.ts'
import type { ProviderSettings } from './provider-settings.ts'

export interface Connected {
  settings: ProviderSettings
  catalogue: Catalogue
}

/** Everything that a name can lead to. */
export interface KnownModels {
  /** `demo`, and models of the embedding program. */
  local: Map<string, LanguageModelV4>
  /** Those of them that the embedding program has named. */
  own: string[]
  connected: Connected[]
  aliases: Record<string, string>
  defaultModel: string | undefined
}

/** The name of a local model, or a model of a provider. */
export type Hit = string | { connected: Connected; modelId: string }

/** Names that most programs for the Assistants API contain, whatever serves them here. */
const wellKnown = /^(gpt-|chatgpt-|o[134](-|$))/

/** A longer chain of aliases is a circle. */
const longestChain = 5

export interface Asking {
  /** Resolves when every provider has been asked once. */
  ready: Promise<void>
  /** Asks every provider whose list is old. */
  askAll: () => Promise<void>
  /** Asks every provider again, unless it was asked a moment ago. */
  askAgain: () => Promise<void>
}

/**
 * Finds the model for a name, in this order: an exact alias; `provider/model`; a local model; a configured model; an
 * alias pattern; a provider's own names; a model that a provider lists; the pattern `*`; the default model for OpenAI's
 * names. So the configuration comes before what a provider happens to list. A name that is not found is looked up again
 * in new lists, because a provider may have started or received a model since.
 */
export async function resolveName(
  name: string,
  known: KnownModels,
  asking: Asking,
): Promise<Hit | undefined> {
  const configured = bySettings(name, { known, lists: false, depth: 0 })
  if (configured !== undefined) return configured
  await asking.ready
  const found = findName(name, known)
  if (found !== undefined) {
    // This result is good enough now. The lists are still read again, because a model with exactly this name may exist
    // by now.
    if (offering(name, known.connected) === undefined) void asking.askAll()
    return found
  }
  await asking.askAgain()
  return findName(name, known)
}

/** The same from what is known now, without asking a provider. */
export const findName = (name: string, known: KnownModels): Hit | undefined =>
  find(name, { known, lists: true, depth: 0 })

/** The same without what providers list, and without what stands for every name. */
export const findConfigured = (name: string, known: KnownModels): Hit | undefined =>
  bySettings(name, { known, lists: false, depth: 0 })

/** The names under which a model may be known to the operator: the one that is asked for, and those that it leads to. */
export function namesOf(name: string, known: KnownModels): string[] {
  const names = [name]
  for (let depth = 0; depth < longestChain; depth++) {
    const next = followAlias(known.aliases, names.at(-1) ?? '')
    if (next === undefined || names.includes(next)) break
    names.push(next)
  }
  const hit = findName(name, known)
  if (hit === undefined) return names
  return [...names, typeof hit === 'string' ? hit : `${hit.connected.settings.name}/${hit.modelId}`]
}

interface Search {
  known: KnownModels
  /** Whether models that providers list are taken into account. */
  lists: boolean
  depth: number
}

const find = (name: string, search: Search): Hit | undefined =>
  bySettings(name, search) ?? (search.lists ? byLists(name, search) : undefined)

const follow = (target: string, name: string, search: Search): Hit | undefined =>
  target === name || search.depth >= longestChain
    ? undefined
    : find(target, { ...search, depth: search.depth + 1 })

function bySettings(name: string, search: Search): Hit | undefined {
  const { local, connected, aliases } = search.known
  if (Object.hasOwn(aliases, name) && aliases[name] !== name) return follow(aliases[name] ?? '', name, search)
  const found = named(name, search.known)
  if (found) return found
  if (local.has(name)) return name
  const configured = connected.find(({ settings }) => Object.hasOwn(settings.models, name))
  if (configured) return { connected: configured, modelId: name }
  const { '*': _catchAll, ...patterns } = aliases
  const target = followAlias(patterns, name)
  if (target !== undefined && target !== name) return follow(target, name, search)
  const owner = connected.find(({ catalogue }) => catalogue.provider.ownNames?.test(name))
  return owner && { connected: owner, modelId: name }
}

function byLists(name: string, search: Search): Hit | undefined {
  const { connected, aliases, defaultModel, own } = search.known
  const listed = offering(name, connected)
  if (listed) return listed
  const catchAll = aliases['*']
  if (catchAll !== undefined && catchAll !== name) return follow(catchAll, name, search)
  if (!wellKnown.test(name)) return undefined
  if (defaultModel) return follow(defaultModel, name, search)
  if (connected.length === 0) return own[0] ?? 'demo'
  const first = firstProvider(connected)
  const modelId = first && representative(first)
  return first && modelId !== undefined ? { connected: first, modelId } : undefined
}

/**
 * The provider for OpenAI's names when nothing else is configured: the first one that has a model, or that may have one
 * and cannot be asked. The operator's first choice is not skipped silently for a provider that costs more or knows
 * something else.
 */
export const firstProvider = (connected: Connected[]): Connected | undefined =>
  connected.find((one) => representative(one) !== undefined || !one.catalogue.reachable)

/** Resolves `provider/model`, whether or not the provider lists the model. */
function named(name: string, { connected }: KnownModels): Hit | undefined {
  const slash = name.indexOf('/')
  if (slash <= 0 || slash === name.length - 1) return undefined
  const provider = connected.find(({ settings }) => settings.name === name.slice(0, slash))
  return provider && { connected: provider, modelId: name.slice(slash + 1) }
}

function offering(name: string, connected: Connected[]): Hit | undefined {
  for (const one of connected) {
    const { provider, offered } = one.catalogue
    const modelId = provider.shortName?.(name) ?? name
    if (offered.some(({ id }) => id === modelId)) return { connected: one, modelId }
  }
  return undefined
}

/** The model that represents a provider: the first configured one, or the preferred or first one in its list. */
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
  return best ?? provider.defaultModel ?? offered[0]?.id
}
