import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelError } from '../models/model-error.ts'
import { RunFailure } from './run-failure.ts'

const maxAttempts = 6
const firstDelayMs = 500
const maxDelayMs = 20_000
/**
 * The longest pause, in milliseconds, between two attempts to connect to a provider. It may be short, because nothing
 * is sent to the provider.
 */
const maxPollIntervalMs = 2_000

/**
 * How many attempts may follow. Only one when the caller has already seen a part of the answer, or when the provider
 * was silent.
 */
const attemptsLeft = (failure: ModelError, shown: boolean) => (shown || failure.silent ? 1 : maxAttempts)

/** Counts the attempts of one model turn, and decides whether and when the provider is asked again. */
export class Retries {
  #attempt = 0
  #looks = 0
  #last = maxAttempts

  /**
   * Waits before the next attempt: longer each time, or as long as the provider asked for. Throws the failure when
   * another attempt is useless, when there were enough attempts, or when the pause would end after the run expires
   * (`expiresAt`, Unix seconds). When something was `shown` to the caller, there is only one more attempt, because the
   * caller sees the answer twice. A provider that cannot be reached was not asked, so this does not count as an
   * attempt: the run waits until the signal ends it.
   */
  async next(
    failure: ModelError,
    { shown, expiresAt, signal }: { shown: boolean; expiresAt: number; signal: AbortSignal },
  ): Promise<void> {
    if (failure.unreachable) {
      const pause =
        failure.retryAfterMs ?? vary(Math.min(firstDelayMs * 2 ** this.#looks++, maxPollIntervalMs))
      return pauseFor(Math.min(pause, maxDelayMs), signal)
    }
    this.#attempt++
    this.#last = Math.min(this.#last, this.#attempt + attemptsLeft(failure, shown))
    const backOff = Math.min(firstDelayMs * 2 ** (this.#attempt - 1), maxDelayMs)
    const pause = failure.retryAfterMs ?? vary(backOff)
    const tooLate = Date.now() + pause >= expiresAt * 1000
    if (!failure.retryable || this.#attempt >= this.#last || tooLate) {
      throw new RunFailure(failure.code, failure.message)
    }
    await pauseFor(pause, signal)
  }
}

/** Requests that failed at the same time must not all be repeated at the same time. */
const vary = (pause: number) => pause * (0.75 + Math.random() / 2)

async function pauseFor(pause: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(pause, undefined, { signal })
  } catch {
    throw signal.reason
  }
}
