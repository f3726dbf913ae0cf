import { setTimeout as sleep } from 'node:timers/promises'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { nowSeconds } from '../common/clock.ts'
import { noLog, type Log } from '../common/log.ts'
import { connectProviders } from './connect-providers.ts'
import { defaultConnectMs } from './connect-timeout.ts'
import { demo } from './demo/demo.ts'
import { describeModels, type ModelLine } from './describe.ts'
import { freePrice } from './free-models.ts'
import { everOffered, listModels } from './list-models.ts'
import type { ModelRegistry, ModelTraits, ServedModel, WireAddress } from './model.ts'
import { defaultTurnLimits, type ModelSettings } from './model-settings.ts'
import { priceOf } from './prices.ts'
import {
  findConfigured,
  findName,
  namesOf,
  representative,
  resolveName,
  type Connected,
} from './resolve-name.ts'
import { localTraits, traitsOf } from './traits.ts'

export interface RegistryOptions {
  /** Models of the embedding program or of a test, by name. */
  models?: Record<string, LanguageModelV4>
  /** The address of this server. A provider with the same address is left out. */
  own?: { host: string; port: number }
  /** Used for lists of models and by the `@ai-sdk` packages. Our own client uses node:http. */
  fetch?: typeof globalThis.fetch
  log?: Log
}

export interface OpenRegistry extends ModelRegistry {
  /** Resolves when all providers have been asked for the first time, or did not answer in time. Never rejects. */
  readonly ready: Promise<void>
  /** A few lines for the banner, from what is known now: the models, or that only `demo` answers. */
  describe(): ModelLine[]
  close(): Promise<void>
}

/** Names come from requests, and any `provider/model` opens a model. When there are more than this, all are closed. */
const maxOpenModels = 500
const openaiEmbeddings = /^text-embedding-/

/**
 * The models of this server. Returns at once, and asks the providers in the background (`ready`). Without providers and
 * without own models, OpenAI's names lead to `demo`.
 */
export function openRegistry(
  settings: Partial<ModelSettings> = {},
  { models = {}, own, fetch = globalThis.fetch, log = noLog }: RegistryOptions = {},
): OpenRegistry {
  const { aliases = {}, defaultModel, prices, connectMs = defaultConnectMs, ignored = [] } = settings
  const turnLimits = { ...defaultTurnLimits, ...settings.turnLimits }
  const opened = nowSeconds()
  const closing = new AbortController()
  const local = new Map<string, LanguageModelV4>(Object.entries(models))
  if (!local.has('demo')) local.set('demo', demo())
  const { connected, asking, warnings } = connectProviders(settings, {
    own,
    fetch,
    closed: closing.signal,
    log,
  })
  const known = { local, connected, aliases, defaultModel, own: Object.keys(models) }
  const open = new Map<string, Promise<LanguageModelV4>>()

  function look(name: string): ModelTraits | undefined {
    const hit = findName(name, known)
    if (hit === undefined) return undefined
    return typeof hit === 'string'
      ? localTraits(hit, local.get(hit)?.provider)
      : traitsOf(hit.connected, hit.modelId)
  }

  async function serve(connection: Connected, modelId: string): Promise<ServedModel> {
    const { settings: provider, catalogue } = connection
    const name = `${provider.name}/${modelId}`
    let model = open.get(name)
    if (!model) {
      if (open.size >= maxOpenModels) open.clear()
      model = catalogue.provider.open(modelId)
      open.set(name, model)
    }
    return {
      ...traitsOf(connection, modelId),
      ...turnLimits,
      ...(provider.firstByteMs !== undefined && { firstByteMs: provider.firstByteMs }),
      learnWindow: (tokens) => catalogue.learnWindow(modelId, tokens),
      model: await model,
      ...wireOf(connection, modelId),
    }
  }

  function wireOf({ settings: provider, catalogue }: Connected, modelId: string): { wire?: WireAddress } {
    const { name, wire } = catalogue.provider
    return wire
      ? { wire: { ...wire, provider: name, modelId, connectMs: provider.connectMs ?? connectMs } }
      : {}
  }

  function embeddings(name: string): WireAddress | undefined {
    const hit = findConfigured(name, known)
    if (typeof hit === 'object') return wireOf(hit.connected, hit.modelId).wire
    // Models for embeddings are in no list of models for chat, so OpenAI has those with its names.
    const openai = connected.find(({ catalogue }) => catalogue.provider.listsBareNames)
    return openai && openaiEmbeddings.test(name) ? wireOf(openai, name).wire : undefined
  }

  async function resolve(name: string): Promise<ServedModel | undefined> {
    const hit = await resolveName(name, known, asking)
    if (hit === undefined) return undefined
    if (typeof hit !== 'string') return serve(hit.connected, hit.modelId)
    const model = local.get(hit)
    return model && { ...localTraits(hit, model.provider), ...turnLimits, model }
  }

  return {
    ready: asking.ready,
    problems: () => connected.flatMap(({ catalogue }) => (catalogue.problem ? [catalogue.problem] : [])),
    resolve,
    embeddings,
    look,
    async list() {
      await asking.askAll()
      return listModels(known, opened)
    },
    async known(waitMs) {
      await Promise.race([asking.askAll(), sleep(waitMs, undefined, { ref: false })])
      return listModels(known, opened, everOffered)
    },
    currency: prices?.currency,
    priceOf: (name) =>
      priceOf(prices, namesOf(name, known)) ?? freePrice(findName(name, known), known, prices),
    describe: () => [
      ...[...ignored, ...warnings].map((text) => ({ text, fails: false })),
      ...describeModels(known, representative),
    ],
    async close() {
      closing.abort(new Error('the server is closing'))
      await asking.ready
    },
  }
}
