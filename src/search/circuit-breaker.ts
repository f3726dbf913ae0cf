import { setTimeout as sleep } from 'node:timers/promises'

/** The service was not called, because it failed a moment ago. Callers should continue without it at once. */
export class CircuitOpen extends Error {
  override name = 'CircuitOpen'
}

/** The service did not answer within the time that a caller waits for it. */
export class NoAnswerInTime extends Error {
  override name = 'NoAnswerInTime'
}

export interface CircuitBreakerOptions {
  /** How long one call waits, including all attempts, in milliseconds. */
  timeoutMs: number
  /**
   * Whether an error means that the service is out of order. Other errors concern only the call and are passed on at
   * once.
   */
  isOutage: (error: unknown) => boolean
  /** Called when the circuit opens. The service is not called for `restMs` milliseconds. */
  onOpen: (error: unknown, restMs: number) => void
  /** Called when the service has answered again. */
  onClose: () => void
  /** The time in milliseconds since any fixed moment. */
  now?: () => number
}

/**
 * Calls the service through `work`. Rejects with CircuitOpen, NoAnswerInTime, the error of `work`, or the reason of the
 * signal.
 */
export type CircuitBreaker = <T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>

const tries = 2
const pauseMs = 100
const rest = { firstMs: 5_000, maxMs: 30_000 }

/**
 * Keeps callers from waiting for a service that is out of order. A call that fails twice opens the circuit, so that the
 * following calls fail at once. After a rest, one call is let through as a trial. If it succeeds, the circuit is
 * closed. Otherwise the rest begins again and is twice as long.
 */
export function circuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { isOutage, onOpen, onClose, now = () => performance.now() } = options
  let outages = 0
  let restsUntil = 0
  let trialRuns = false

  function open(error: unknown): void {
    const restMs = Math.min(rest.firstMs * 2 ** outages, rest.maxMs)
    outages++
    restsUntil = now() + restMs
    onOpen(error, restMs)
  }

  function close(): void {
    if (outages === 0) return
    outages = 0
    onClose()
  }

  return async (work, signal) => {
    signal.throwIfAborted()
    const isTrial = outages > 0
    if (isTrial && (trialRuns || now() < restsUntil))
      throw new CircuitOpen('the service is not asked for now')
    trialRuns = isTrial
    try {
      const answer = await askTwice(work, options, signal)
      close()
      return answer
    } catch (error) {
      // An error that came after the caller aborted says nothing about the service.
      if (signal.aborted) throw error
      if (!(error instanceof NoAnswerInTime) && !isOutage(error)) close()
      // Calls that began before the circuit opened do not extend the rest.
      else if (isTrial || outages === 0) open(error)
      throw error
    } finally {
      if (isTrial) trialRuns = false
    }
  }
}

async function askTwice<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, isOutage }: CircuitBreakerOptions,
  signal: AbortSignal,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const either = AbortSignal.any([signal, timeout])
  try {
    for (let tried = 1; ; tried++) {
      try {
        return await unlessAborted(work(either), either)
      } catch (error) {
        if (either.aborted || tried === tries || !isOutage(error)) throw error
      }
      await sleep(pauseMs, undefined, { signal: either })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw timeout.aborted ? new NoAnswerInTime(`no answer in ${timeoutMs} ms`) : error
  }
}

/**
 * Rejects when the signal is aborted, because not every service stops at the signal, and callers should not wait for
 * it.
 */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([answer, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
