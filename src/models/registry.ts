import type { LanguageModelV4 } from '@ai-sdk/provider'
import { nowSeconds } from '../clock.ts'
import { noLog, type Log } from '../log.ts'
import { Catalogue } from './catalogue.ts'
import { defaultConnectMs } from './connect-timeout.ts'
import { contextWindowOf, defaultContextWindow } from './context-window.ts'
import { demo, demoOwner } from './demo/demo.ts'
import { describeModels, type ModelLine } from './describe.ts'
import { defaultOllamaUrl } from './environment.ts'
import { abilitiesOf, type Abilities } from './abilities.ts'
import type { ListedModel, ModelRegistry, ModelTraits, ServedModel, WireAddress } from './model.ts'
import { freePrice } from './free-models.ts'
import { priceOf } from './prices.ts'
import { addressHint, leadsHere } from './own-address.ts'
import { families } from './providers/families.ts'
import { guardedFetch } from './providers/guarded-fetch.ts'
import {
  findConfigured,
  findName,
  namesOf,
  representative,
  resolveName,
  type Connected,
} from './resolve-name.ts'
import type { ModelLimits, ProviderSettings } from './provider-settings.ts'
import { defaultTurnLimits, type ModelSettings } from './model-settings.ts'

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

const listTimeoutMs = 3000
const probeTimeoutMs = 300
/** Names come from requests, and any `provider/model` opens a model. When there are more than this, all are closed. */
const maxOpenModels = 500
const openaiEmbeddings = /^text-embedding-/

/**
 * The models of this server. Returns at once, and asks the providers in the background (`ready`). Without providers and
 * without own models, OpenAI's names lead to `demo`.
 */
export function openRegistry(
  {
    providers = [],
    aliases = {},
    defaultModel,
    discover = false,
    prices,
    connectMs = defaultConnectMs,
    turnLimits: givenLimits = {},
    ignored = [],
  }: Partial<ModelSettings> = {},
  { models = {}, own, fetch = globalThis.fetch, log = noLog }: RegistryOptions = {},
): OpenRegistry {
  const turnLimits = { ...defaultTurnLimits, ...givenLimits }
  const opened = nowSeconds()
  const closing = new AbortController()
  const local = new Map<string, LanguageModelV4>(Object.entries(models))
  if (!local.has('demo')) local.set('demo', demo())

  const guarded = guardedFetch(fetch)
  const warnings = [...ignored]
  const connected: Connected[] = []
  const connect = (settings: ProviderSettings, timeoutMs: number, quiet = false): Connected => ({
    settings,
    catalogue: new Catalogue(families[settings.type]({ connectMs, ...settings }, guarded), {
      timeoutMs,
      closed: closing.signal,
      log: quiet ? noLog : log,
      hint: addressHint(settings),
    }),
  })
  for (const settings of providers) {
    if (own && settings.baseUrl && leadsHere(settings.baseUrl, own)) {
      warnings.push(
        `The provider '${settings.name}' leads back to this server (${settings.baseUrl}) and is ignored.`,
      )
      log('warn', 'provider_is_this_server', { provider: settings.name })
    } else connected.push(connect(settings, listTimeoutMs))
  }

  const hasOllama = providers.some(({ type, name }) => type === 'ollama' || name === 'ollama')
  const found =
    discover && !hasOllama
      ? connect(
          { name: 'ollama', type: 'ollama', baseUrl: defaultOllamaUrl, models: {} },
          probeTimeoutMs,
          true,
        )
      : undefined
  const ask = (question: (catalogue: Catalogue) => Promise<unknown>) => async () => {
    const asked = found ? [...connected.filter((one) => one !== found), found] : connected
    await Promise.all(
      asked.map(async (one) => {
        await question(one.catalogue)
        // This is done at once, because another provider may take long to answer.
        if (one === found && !connected.includes(one) && one.catalogue.offered.length > 0) connected.push(one)
      }),
    )
  }
  const askAll = ask((catalogue) => catalogue.list())
  const asking = { ready: askAll(), askAll, askAgain: ask((catalogue) => catalogue.askAgain()) }

  const known = { local, connected, aliases, defaultModel, own: Object.keys(models) }
  const open = new Map<string, Promise<LanguageModelV4>>()

  function traitsOf({ settings, catalogue }: Connected, modelId: string): ModelTraits {
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
      ...(tools !== undefined && { tools }),
      ...(images !== undefined && { images }),
    }
  }

  const localTraits = (name: string): ModelTraits => ({
    name,
    provider: name,
    contextWindow: 128_000,
    contextWindowKnown: false,
    structuredOutputs: true,
    ...(name === 'demo' && { tools: true, images: false }),
  })

  function look(name: string): ModelTraits | undefined {
    const hit = findName(name, known)
    if (hit === undefined) return undefined
    return typeof hit === 'string' ? localTraits(hit) : traitsOf(hit.connected, hit.modelId)
  }

  async function serve({ settings, catalogue }: Connected, modelId: string): Promise<ServedModel> {
    const { provider } = catalogue
    const name = `${settings.name}/${modelId}`
    let model = open.get(name)
    if (!model) {
      if (open.size >= maxOpenModels) open.clear()
      model = provider.open(modelId)
      open.set(name, model)
    }
    return {
      ...traitsOf({ settings, catalogue }, modelId),
      ...turnLimits,
      ...(settings.firstByteMs !== undefined && { firstByteMs: settings.firstByteMs }),
      learnWindow: (tokens) => catalogue.learnWindow(modelId, tokens),
      model: await model,
      ...wireOf({ settings, catalogue }, modelId),
    }
  }

  function wireOf({ settings, catalogue }: Connected, modelId: string): { wire?: WireAddress } {
    const { name, wire } = catalogue.provider
    return wire
      ? { wire: { ...wire, provider: name, modelId, connectMs: settings.connectMs ?? connectMs } }
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
    return model && { ...localTraits(hit), ...turnLimits, model }
  }

  async function list(): Promise<ListedModel[]> {
    await askAll()
    const entry = (id: string, owned_by: string, created = opened): ListedModel => ({ id, created, owned_by })
    const listed = Object.keys(models).map((id) => entry(id, 'threadmill'))
    if (connected.length === 0) listed.push(entry('demo', demoOwner))
    for (const { settings, catalogue } of connected) {
      const { name, listsBareNames } = catalogue.provider
      const offered = await catalogue.list()
      const named = catalogue.reachable
        ? Object.keys(settings.models).map((id) => ({ id, created: opened }))
        : []
      for (const { id, created } of named.length ? named : offered) {
        listed.push(entry(listsBareNames ? id : `${name}/${id}`, name, created))
      }
    }
    for (const alias of Object.keys(aliases).filter((name) => !name.includes('*'))) {
      const target = findName(alias, known)
      if (target === undefined || listed.some(({ id }) => id === alias)) continue
      listed.push(entry(alias, typeof target === 'string' ? 'threadmill' : target.connected.settings.name))
    }
    return listed
  }

  return {
    ready: asking.ready,
    problems: () => connected.flatMap(({ catalogue }) => (catalogue.problem ? [catalogue.problem] : [])),
    resolve,
    embeddings,
    look,
    list,
    currency: prices?.currency,
    priceOf: (name) =>
      priceOf(prices, namesOf(name, known)) ?? freePrice(findName(name, known), known, prices),
    describe: () => [
      ...warnings.map((text) => ({ text, fails: false })),
      ...describeModels(known, representative),
    ],
    async close() {
      closing.abort(new Error('the server is closing'))
      await asking.ready
    },
  }
}
