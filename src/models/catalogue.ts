import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../common/log.ts'
import type { ProviderProblem } from './model.ts'
import { ListRefused, type OfferedModel, type Provider } from './providers/provider.ts'

const rememberMs = 60_000
/** How long to wait, at least, before a provider is asked again after a failure or for a missing name. */
const askAgainMs = 1_000
/** How long a list is waited for, in milliseconds: some take seconds. One that comes later is in the next answer. */
const answerTimeoutMs = 2_000
/** How long nobody waits for a provider that took longer, in milliseconds. It is asked meanwhile. */
const slowMs = 60_000
/**
 * How long a window that was learned from a refusal is used, in milliseconds. The provider may restart with a larger
 * one.
 */
const learnedMs = 600_000

/**
 * The models that one provider offers. Only one request at a time asks it. A list is kept for a minute, a failure is
 * not kept.
 */
export class Catalogue {
  readonly provider: Provider
  /** The last list that was read successfully, however old it is. */
  offered: OfferedModel[] = []
  /** True when the provider has answered, with a list or by saying that it has none. */
  reachable = false
  #windows = new Map<string, { tokens: number; until: number }>()
  /** Why the provider gave no list. Undefined when it gave one. */
  problem: ProviderProblem | undefined
  #askedAt = -Infinity
  #slowUntil = -Infinity
  #asking: Promise<void> | undefined
  #timeoutMs: number
  #closed: AbortSignal
  #log: Log
  #hint: string

  /** `hint` says what may be wrong with the address of the provider. */
  constructor(
    provider: Provider,
    options: { timeoutMs: number; closed: AbortSignal; log: Log; hint?: string | undefined },
  ) {
    this.provider = provider
    this.#hint = options.hint ?? elsewhere
    this.#timeoutMs = options.timeoutMs
    this.#closed = options.closed
    this.#log = options.log
  }

  /** Resolves when `listed` is new enough, or when the provider takes too long to say so. Never rejects. */
  async list(): Promise<void> {
    const asked = this.#refresh(this.reachable ? rememberMs : askAgainMs)
    if (performance.now() < this.#slowUntil) return
    const isAnswered = asked.then(() => true)
    if (await Promise.race([isAnswered, sleep(answerTimeoutMs, false, { ref: false })])) return
    this.#slowUntil = performance.now() + slowMs
  }

  /** The models that the provider offers, as far as that is known. Undefined when it does not answer. */
  get listed(): OfferedModel[] | undefined {
    if (!this.reachable) return undefined
    return this.problem === undefined ? this.offered : []
  }

  /** Asks the provider again for names that are missing in its last list, however old that is. */
  async askAgain(): Promise<void> {
    await this.#refresh(askAgainMs)
  }

  /** Remembers that the provider has refused a prompt because this model reads at most `tokens` tokens. */
  learnWindow(modelId: string, tokens: number): void {
    this.#windows.set(modelId, { tokens, until: performance.now() + learnedMs })
  }

  /** The window that the last refusal of the provider named. Undefined when there was no refusal lately. */
  learnedWindow(modelId: string): number | undefined {
    const learned = this.#windows.get(modelId)
    return learned && learned.until > performance.now() ? learned.tokens : undefined
  }

  #refresh(afterMs: number): Promise<void> {
    if (this.#asking) return this.#asking
    if (performance.now() - this.#askedAt < afterMs) return Promise.resolve()
    this.#asking = this.#ask().finally(() => {
      this.#askedAt = performance.now()
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    let problem: ProviderProblem | undefined
    let isSlow = false
    try {
      const signal = AbortSignal.any([this.#closed, AbortSignal.timeout(this.#timeoutMs)])
      this.offered = await this.provider.list(signal)
      this.reachable = true
    } catch (error) {
      // A server without a list of models may still answer for the models named in the configuration.
      this.reachable = error instanceof ListRefused && hasNoList(error)
      isSlow = error instanceof Error && error.name === 'TimeoutError'
      const { name } = this.provider
      const reason = reasonOf(error, this.#hint)
      problem = { text: `the provider '${name}' ${reason}`, reason, passing: mayPass(error) }
      // The provider is asked every second while somebody waits, so only a new reason is logged.
      if (!this.#closed.aborted && problem.text !== this.problem?.text) {
        this.#log('warn', 'models_not_listed', { provider: name, reason })
      }
    }
    this.#slowUntil = isSlow ? performance.now() + slowMs : -Infinity
    this.problem = problem
  }
}

const elsewhere =
  'is it the address of a model server? One that lists nothing serves what the config file names as its models'

const isThreadmill =
  'is another Threadmill, which serves no models to others: is OPENAI_BASE_URL set for its clients? Unset it for the server'

/** The provider answers with an error, or with a page instead of a list, as it does when its address lacks `/v1`. */
const hasNoList = ({ status }: ListRefused) => status === 404 || status === 405 || status < 300

/** A wrong key and a wrong address do not become right by waiting. */
const mayPass = (error: unknown) =>
  !(error instanceof ListRefused) || error.status === 429 || error.status === 408 || error.status >= 500

/** For people, without address and key. `fetch` puts the actual reason into the cause of its error. */
function reasonOf(error: unknown, hint: string): string {
  if (error instanceof ListRefused) {
    const { status, message } = error
    if (/\bThis is Threadmill\b/.test(message)) return isThreadmill
    if (status === 401 || status === 403) return `refuses the key (${status})`
    if (status === 404 || status === 405) return `has no /models (${status}): ${hint}`
    if (hasNoList(error))
      return `has no list of models at /models${error.isPage ? ', but a web page' : ''}: ${hint}`
    return `gives no list of models (${message})`
  }
  if (!(error instanceof Error)) return 'cannot be reached'
  if (error.name === 'TimeoutError') return 'cannot be reached (no answer in time)'
  const { cause } = error
  const code = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : undefined
  const reason = (code ?? error.message).slice(0, 200)
  const known = schemeHints.find(([codes]) => codes.test(reason))?.[1]
  return `cannot be reached (${reason})${known === undefined ? '' : `: ${known}`}`
}

/** The likely reason when two programs disagree about TLS or a certificate. */
const schemeHints: [RegExp, string][] = [
  [/SSL_WRONG_VERSION|SSL_PACKET_LENGTH/, 'it speaks http, not https'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'its certificate is not one that Node trusts; NODE_EXTRA_CA_CERTS names the file of another',
  ],
  [/^(UND_ERR_SOCKET|ECONNRESET|HPE_INVALID)/, 'it hung up; does it speak http or https?'],
]
