import { noLog, type Log } from '../common/log.ts'
import { Catalogue } from './catalogue.ts'
import { defaultConnectMs } from './connect-timeout.ts'
import { defaultOllamaUrl } from './environment.ts'
import type { ModelSettings } from './model-settings.ts'
import { addressHint, leadsHere } from './own-address.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { families } from './providers/families.ts'
import { guardedFetch } from './providers/guarded-fetch.ts'
import type { Asking, Connected } from './resolve-name.ts'

const listTimeoutMs = 3000
const probeTimeoutMs = 300

interface ConnectOptions {
  /** The address of this server. A provider with the same address is left out. */
  own: { host: string; port: number } | undefined
  fetch: typeof globalThis.fetch
  /** Aborted when the server closes. */
  closed: AbortSignal
  log: Log
}

/** The providers, and how they are asked for their models. */
export interface Providers {
  /** Grows by an Ollama on this machine, when it is looked for and found. */
  connected: Connected[]
  asking: Asking
  /** For the banner: which providers are ignored, and why. */
  warnings: string[]
}

/** Connects the configured providers, and asks them for their models in the background. */
export function connectProviders(
  {
    providers = [],
    discover = false,
    connectMs = defaultConnectMs,
  }: Pick<Partial<ModelSettings>, 'providers' | 'discover' | 'connectMs'>,
  { own, fetch, closed, log }: ConnectOptions,
): Providers {
  const guarded = guardedFetch(fetch)
  const warnings: string[] = []
  const connected: Connected[] = []
  const connect = (settings: ProviderSettings, timeoutMs: number, told: Log): Connected => ({
    settings,
    catalogue: new Catalogue(families[settings.type]({ connectMs, ...settings }, guarded), {
      timeoutMs,
      closed,
      log: told,
      hint: addressHint(settings),
    }),
  })
  for (const settings of providers) {
    if (own && settings.baseUrl && leadsHere(settings.baseUrl, own)) {
      warnings.push(
        `The provider '${settings.name}' leads back to this server (${settings.baseUrl}) and is ignored.`,
      )
      log('warn', 'provider_is_this_server', { provider: settings.name })
    } else connected.push(connect(settings, listTimeoutMs, log))
  }
  const hasOllama = providers.some(({ type, name }) => type === 'ollama' || name === 'ollama')
  const ollama: ProviderSettings = { name: 'ollama', type: 'ollama', baseUrl: defaultOllamaUrl, models: {} }
  const probed = discover && !hasOllama ? connect(ollama, probeTimeoutMs, noLog) : undefined
  return { connected, asking: startAsking(connected, probed), warnings }
}

/** `probed` is connected as soon as it offers a model. */
function startAsking(connected: Connected[], probed: Connected | undefined): Asking {
  const ask = (question: (catalogue: Catalogue) => Promise<unknown>) => async () => {
    const asked = probed ? [...connected.filter((one) => one !== probed), probed] : connected
    await Promise.all(
      asked.map(async (one) => {
        await question(one.catalogue)
        // This is done at once, because another provider may take long to answer.
        if (one === probed && !connected.includes(one) && one.catalogue.offered.length > 0)
          connected.push(one)
      }),
    )
  }
  const askAgain = ask((catalogue) => catalogue.askAgain())
  return { ready: askAgain(), askAll: ask((catalogue) => catalogue.list()), askAgain }
}
