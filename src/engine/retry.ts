import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelError } from '../models/model-error.ts'
import { RunFailure } from './run-failure.ts'

const mostAttempts = 6
const firstPause = 500
const longestPause = 20_000

/**
 * Waits before a provider is asked again: longer each time, or as long as it asked for. Throws the failure where
 * asking again is useless, was tried often enough, or would outlast the run (`expiresAt`, Unix seconds).
 */
export async function beforeRetry(
  failure: ModelError,
  attempt: number,
  expiresAt: number,
  signal: AbortSignal,
): Promise<void> {
  const backOff = Math.min(firstPause * 2 ** (attempt - 1), longestPause)
  const pause = failure.retryAfterMs ?? backOff * (0.75 + Math.random() / 2)
  const tooLate = Date.now() + pause >= expiresAt * 1000
  if (!failure.retryable || attempt >= mostAttempts || tooLate)
    throw new RunFailure(failure.code, failure.message)
  try {
    await sleep(pause, undefined, { signal })
  } catch {
    throw signal.reason
  }
}
