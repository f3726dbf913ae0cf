import type { Log } from '../log.ts'

/**
 * Which providers runs wait for because nothing reaches them, and why: for whoever asks what a run waits for, and one line
 * in the log as that begins, and one as it ends.
 */
export class Outages {
  #log: Log
  #reasons = new Map<string, string>()
  #searches = new Map<string, string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `reason` is for people, without address, key and text of messages. */
  began(provider: string, reason: string): void {
    if (!this.#reasons.has(provider)) {
      this.#log('warn', 'runs wait for a provider that cannot be reached', { provider, reason })
    }
    this.#reasons.set(provider, reason)
  }

  /** The provider has answered, be it with an error. */
  ended(provider: string): void {
    if (this.#reasons.delete(provider)) {
      this.#log('info', 'a provider that runs waited for can be reached again', { provider })
    }
  }

  /** A run waits until a provider that may serve its model can be asked; the log has that from the catalogue. */
  searches(run: string, reason: string): void {
    this.#searches.set(run, reason)
  }

  searchEnded(run: string): void {
    this.#searches.delete(run)
  }

  /** Why a run waits that is being worked on, in a sentence; undefined where its provider can be reached. */
  reasonFor({ id, provider }: { id: string; provider: string }): string | undefined {
    const search = this.#searches.get(id)
    if (search !== undefined) return `The run waits for its model: ${search}.`
    const reason = this.#reasons.get(provider)
    return reason && `The run waits for the provider '${provider}': ${reason.replace(/\.$/, '')}.`
  }

  /** The reasons, by provider. */
  report(): Record<string, string> {
    return Object.fromEntries(this.#reasons)
  }
}
