import type { Log } from '../log.ts'

/** Which providers runs wait for because nothing reaches them: one line in the log as that begins, and one as it ends. */
export class Outages {
  #log: Log
  #providers = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `reason` is for people, without address, key and text of messages. */
  began(provider: string, reason: string): void {
    if (this.#providers.has(provider)) return
    this.#providers.add(provider)
    this.#log('warn', 'runs wait for a provider that cannot be reached', { provider, reason })
  }

  /** The provider has answered, be it with an error. */
  ended(provider: string): void {
    if (this.#providers.delete(provider)) {
      this.#log('info', 'a provider that runs waited for can be reached again', { provider })
    }
  }
}
