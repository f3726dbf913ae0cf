import type { Log } from '../common/log.ts'

/**
 * Remembers which providers cannot be reached while runs wait for them, and why. The status of a waiting run shows the
 * reason, and the log gets one line when an outage begins and one when it ends.
 */
export class Outages {
  #log: Log
  #reasons = new Map<string, string>()
  #searches = new Map<string, string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `reason` is shown to people, so it must contain no address, no key and no text of a message. */
  began(provider: string, reason: string): void {
    if (!this.#reasons.has(provider)) {
      this.#log('warn', 'runs wait for a provider that cannot be reached', { provider, reason })
    }
    this.#reasons.set(provider, reason)
  }

  /** The provider has answered. An error is an answer too. */
  ended(provider: string): void {
    if (this.#reasons.delete(provider)) {
      this.#log('info', 'a provider that runs waited for can be reached again', { provider })
    }
  }

  /** The run waits until the providers that may serve its model can be asked. The catalogue has already logged this. */
  searches(run: string, reason: string): void {
    this.#searches.set(run, reason)
  }

  searchEnded(run: string): void {
    this.#searches.delete(run)
  }

  /** Why a run in progress makes no progress, as a sentence. Undefined when its provider can be reached. */
  reasonFor({ id, provider }: { id: string; provider: string }): string | undefined {
    const search = this.#searches.get(id)
    if (search !== undefined) return `The run waits for its model: ${search}.`
    const reason = this.#reasons.get(provider)
    return reason && `The run waits for the provider '${provider}': ${reason.replace(/\.$/, '')}.`
  }

  /** The reasons, keyed by the name of the provider. */
  report(): Record<string, string> {
    return Object.fromEntries(this.#reasons)
  }
}
