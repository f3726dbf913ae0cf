import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelError } from '../models/model-error.ts'
import { RunFailure } from './run-failure.ts'

const maxAttempts = 6
const firstDelayMs = 500
const maxDelayMs = 20_000
/** Between two looks for a provider that cannot be reached, in milliseconds: it is asked nothing, so it may be often. */
const maxPollIntervalMs = 2_000

/** Whether what an attempt has shown, or the provider's silence, allows one more attempt at most. */
const attemptsLeft = (failure: ModelError, shown: boolean) => (shown || failure.silent ? 1 : maxAttempts)

/** Counts the attempts of one model turn, and says whether and when the provider is asked again. */
export class Retries {
  #attempt = 0
  #looks = 0
  #last = maxAttempts

  /**
   * Waits before a provider is asked again: longer each time, or as long as it asked for. Throws the failure where
   * asking again is useless, was tried often enough, or would outlast the run (`expiresAt`, Unix seconds). What was
   * `shown` to the caller is said twice, so then it is tried once more at most. A provider that cannot be reached has
   * not been asked: that is no attempt, and the run waits until the signal ends it.
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

/** What failed together is not asked again together. */
const vary = (pause: number) => pause * (0.75 + Math.random() / 2)

async function pauseFor(pause: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(pause, undefined, { signal })
  } catch {
    throw signal.reason
  }
}
