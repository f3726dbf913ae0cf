import type { Log } from '../log.ts'
import type { ProviderProblem } from './model.ts'
import { ListRefused, type OfferedModel, type Provider } from './providers/provider.ts'

const rememberMs = 60_000
/** A provider that fails, or whose list lacks a name, is asked again after so long at the earliest. */
const askAgainMs = 1_000

/** What one provider offers, asked for by one caller at a time. A list is remembered for a minute, a failure is not. */
export class Catalogue {
  readonly provider: Provider
  /** The last good answer, however old. */
  offered: OfferedModel[] = []
  /** Whether the provider has answered, with a list or by having none. */
  reachable = false
  /** Why it did not give a list; undefined where it did. */
  problem: ProviderProblem | undefined
  #askedAt = -Infinity
  #asking: Promise<void> | undefined
  #timeoutMs: number
  #closed: AbortSignal
  #log: Log
  #hint: string

  /** `hint`: what may be wrong with its address. */
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

  /** What the provider offers; nothing when it cannot be asked. Never throws. */
  async list(): Promise<OfferedModel[]> {
    await this.#refresh(this.reachable ? rememberMs : askAgainMs)
    return this.reachable && this.problem === undefined ? this.offered : []
  }

  /** Asks the provider for what its last list, whatever its age, does not have. */
  async askAgain(): Promise<void> {
    await this.#refresh(askAgainMs)
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
    try {
      const signal = AbortSignal.any([this.#closed, AbortSignal.timeout(this.#timeoutMs)])
      this.offered = await this.provider.list(signal)
      this.reachable = true
    } catch (error) {
      // A server without a list of models can still answer by the names that the configuration gives.
      this.reachable = error instanceof ListRefused && hasNoList(error)
      const { name } = this.provider
      const reason = reasonOf(error, this.#hint)
      problem = { text: `the provider '${name}' ${reason}`, reason, passing: mayPass(error) }
      // Asked again every second while somebody waits: one line for each new reason is enough.
      if (!this.#closed.aborted && problem.text !== this.problem?.text) {
        this.#log('warn', 'models_not_listed', { provider: name, reason })
      }
    }
    this.problem = problem
  }
}

const elsewhere =
  'is it the address of a model server? One that lists nothing serves what the config file names as its models'

/** It answers, but with an error or a page that is no list: as with an address that lacks its `/v1`. */
const hasNoList = ({ status }: ListRefused) => status === 404 || status === 405 || status < 300

/** A wrong key and a wrong address stay wrong. */
const mayPass = (error: unknown) =>
  !(error instanceof ListRefused) || error.status === 429 || error.status === 408 || error.status >= 500

/** For people: without address and key. `fetch` hides what happened in the cause of its error. */
function reasonOf(error: unknown, hint: string): string {
  if (error instanceof ListRefused) {
    const { status, message } = error
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

/** What is likely where two programs do not agree on TLS or on a certificate. */
const schemeHints: [RegExp, string][] = [
  [/SSL_WRONG_VERSION|SSL_PACKET_LENGTH/, 'it speaks http, not https'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'its certificate is not one that Node trusts; NODE_EXTRA_CA_CERTS names the file of another',
  ],
  [/^(UND_ERR_SOCKET|ECONNRESET|HPE_INVALID)/, 'it hung up; does it speak http or https?'],
]
