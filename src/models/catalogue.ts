import type { Log } from '../log.ts'
import { ListRefused, type OfferedModel, type Provider } from './providers/provider.ts'

const rememberMs = 60_000

/** Remembers what one provider offers, so that it is asked at most once a minute and by one caller at a time. */
export class Catalogue {
  readonly provider: Provider
  /** The last good answer, however old. */
  offered: OfferedModel[] = []
  /** Whether the last question was answered. */
  reachable = false
  #askedAt = -Infinity
  #asking: Promise<OfferedModel[]> | undefined
  #timeoutMs: number
  #closed: AbortSignal
  #log: Log

  constructor(provider: Provider, options: { timeoutMs: number; closed: AbortSignal; log: Log }) {
    this.provider = provider
    this.#timeoutMs = options.timeoutMs
    this.#closed = options.closed
    this.#log = options.log
  }

  /** What the provider offers; nothing when it cannot be asked. Never throws. */
  list(): Promise<OfferedModel[]> {
    if (this.#asking) return this.#asking
    if (performance.now() - this.#askedAt < rememberMs)
      return Promise.resolve(this.reachable ? this.offered : [])
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<OfferedModel[]> {
    this.#askedAt = performance.now()
    try {
      const signal = AbortSignal.any([this.#closed, AbortSignal.timeout(this.#timeoutMs)])
      this.offered = await this.provider.list(signal)
      this.reachable = true
      return this.offered
    } catch (error) {
      // A server without a list of models can still answer by the names that the configuration gives.
      this.reachable = error instanceof ListRefused && (error.status === 404 || error.status === 405)
      if (!this.#closed.aborted) {
        this.#log('warn', 'models_not_listed', { provider: this.provider.name, reason: reasonOf(error) })
      }
      return []
    }
  }
}

/** `fetch` hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error
  const code = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : undefined
  return (code ?? error.message).slice(0, 200)
}
