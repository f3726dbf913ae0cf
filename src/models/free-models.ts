import type { ListedPrice } from './model.ts'
import { defaultOllamaUrl } from './environment.ts'
import { isLocal } from './own-address.ts'
import type { Prices } from './prices.ts'
import type { Hit, KnownModels } from './resolve-name.ts'

/** Models of this package, which ask nobody: what they say of themselves as their provider. */
const ownProviders: readonly string[] = ['demo', 'scripted']
/** Ollama serves these from elsewhere, to whoever pays for it. */
const cloudModel = /[:-]cloud$/

/**
 * The price of a model that is known to cost nothing: `demo`, a scripted one, and those of an Ollama on this machine. A server
 * of another kind on this machine may hand requests on to one that is paid, so of it nothing is known.
 */
export function freePrice(
  hit: Hit | undefined,
  { local }: Pick<KnownModels, 'local'>,
  prices: Prices | undefined,
): ListedPrice | undefined {
  if (hit === undefined) return undefined
  const isFree =
    typeof hit === 'string'
      ? ownProviders.includes(local.get(hit)?.provider ?? '')
      : hit.connected.settings.type === 'ollama' &&
        isLocal(hit.connected.settings.baseUrl ?? defaultOllamaUrl) &&
        !cloudModel.test(hit.modelId)
  if (!isFree) return undefined
  return {
    currency: prices?.currency ?? 'usd',
    input: 0,
    cached_input: null,
    output: 0,
    reasoning: null,
    read_on: null,
  }
}
