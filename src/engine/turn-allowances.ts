import { setTimeout as sleep } from 'node:timers/promises'
import { waitsFor } from '../errors/last-error.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { rateLimitText } from '../errors/limit-errors.ts'
import type { Limits } from '../store/usage/limits.ts'
import type { OverRate, RateLimiter } from '../store/usage/rate-limiter.ts'
import { ratesOf, ratesOfModel, type Rate } from '../store/usage/rates.ts'
import { RunFailure } from './run-failure.ts'
import type { RunWork } from './run-work.ts'
import { unlessAborted } from './unless-aborted.ts'

/** What was taken for one request to a model. */
export interface TurnAllowance {
  /** Says how many tokens it has cost: 0 when it never reached the provider. */
  settle(tokens: number): Promise<void>
}

const unlimited: TurnAllowance = { settle: async () => {} }

/** How often a run that waits looks at its limits again, in milliseconds: they may have been raised. */
const maxPauseMs = 1_000
/** The pause while the database is away. */
const databasePauseMs = 500

/**
 * Lets a run ask its model when the limits of its project and key have room for it. A run that is under way waits for that,
 * rather than to fail after work that was paid for. Runs of one key that ask one model go in the order in which they came.
 */
export class TurnAllowances {
  #limits: () => Limits
  #limiter: RateLimiter
  #queues = new Map<string, Promise<void>>()
  #reasons = new Map<string, string>()

  constructor({ limits, limiter }: { limits: () => Limits; limiter: RateLimiter }) {
    this.#limits = limits
    this.#limiter = limiter
  }

  /** Why a run in progress waits, as a sentence. Undefined when it does not wait for a limit. */
  reasonFor(runId: string): string | undefined {
    return this.#reasons.get(runId)
  }

  /**
   * Waits until a request of about so many tokens may be made. `counted` when it was counted before, with the creation of its
   * run. Throws a RunFailure when it asks for more than there is in a minute, or the reason of the signal, which is that of
   * the run unless another one is given.
   */
  async next(
    work: RunWork,
    {
      model,
      tokens,
      counted,
      signal = work.signal,
    }: { model: string; tokens: number; counted: boolean; signal?: AbortSignal },
  ): Promise<TurnAllowance> {
    const { project, api_key: apiKey } = work.run
    const ratesNow = () => {
      const limits = this.#limits()
      return {
        requests: counted ? [] : ratesOfModel(limits, project, model, 'requests'),
        tokens: [
          ...ratesOfModel(limits, project, model, 'tokens'),
          ...ratesOf(limits, { project, apiKey }, 'tokens'),
        ],
      }
    }
    const now = ratesNow()
    if (now.requests.length + now.tokens.length === 0) return unlimited
    return this.#inOrder(`${project}\n${apiKey}\n${model}`, signal, async () => {
      await this.#wait(work, signal, () => ratesNow().requests, 1)
      const rates = await this.#wait(work, signal, () => ratesNow().tokens, tokens)
      return { settle: (used) => this.#settle(rates, used - tokens) }
    })
  }

  async #inOrder<T>(queue: string, signal: AbortSignal, turn: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(queue)
    const { promise, resolve } = Promise.withResolvers<void>()
    const own = before ? before.then(() => promise) : promise
    this.#queues.set(queue, own)
    try {
      if (before) await unlessAborted(before, signal)
      return await turn()
    } finally {
      resolve()
      if (this.#queues.get(queue) === own) this.#queues.delete(queue)
    }
  }

  /** Returns what the units were taken of. */
  async #wait(work: RunWork, signal: AbortSignal, ratesNow: () => Rate[], units: number): Promise<Rate[]> {
    const { run, timeline } = work
    const before = work.waitingFor
    let waiting: ReturnType<typeof timeline.begin> | undefined
    try {
      for (;;) {
        if (signal.aborted) throw signal.reason
        const rates = ratesNow()
        const over = await this.#take(rates, units)
        if (!over) {
          waiting?.end()
          return rates
        }
        const why = over === 'database' ? undefined : rateLimitText(over)
        if (why !== undefined && over !== 'database') {
          if (over.retryMs === Infinity) throw new RunFailure('rate_limit_exceeded', why)
          waiting ??= timeline.begin('retry', { error: why })
          work.waitingFor = waitsFor.limit(why)
          this.#reasons.set(run.id, `The run waits for its limit: ${why}`)
        }
        const pause = over === 'database' ? databasePauseMs : Math.min(over.retryMs, maxPauseMs)
        await sleep(pause, undefined, { signal }).catch(() => {
          throw signal.reason
        })
      }
    } finally {
      this.#reasons.delete(run.id)
      if (before !== undefined) work.waitingFor = before
    }
  }

  async #take(rates: Rate[], units: number): Promise<OverRate | 'database' | undefined> {
    try {
      return await this.#limiter.take(rates, units)
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return 'database'
      throw error
    }
  }

  /** What cannot be counted now, because the database is away, is not counted: the run goes on when it is there again. */
  async #settle(rates: Rate[], more: number): Promise<void> {
    if (more < 0) this.#limiter.giveBack(rates, -more)
    if (more <= 0) return
    await this.#limiter.charge(rates, more).catch((error: unknown) => {
      if (!(error instanceof DatabaseUnavailable)) throw error
    })
  }
}
