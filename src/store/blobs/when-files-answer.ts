import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '../../errors/unavailable.ts'

/** The pause between two attempts, in milliseconds. */
const pauseMs = { first: 100, max: 2_000 }
/** Less than a run has, so that it ends with the reason and not by its expiry. In milliseconds. */
const maxAwayMs = 5 * 60_000

/**
 * Repeats `ask` while the store of contents is away, because work in the background can wait. Rejects with
 * StoreUnavailable when it has been away for `maxMs`, and with the reason of the signal.
 */
export async function whenFilesAnswer<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  maxMs = maxAwayMs,
): Promise<T> {
  let awaySince: number | undefined
  for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.max)) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      awaySince ??= performance.now()
      if (!(error instanceof StoreUnavailable) || performance.now() - awaySince >= maxMs) throw error
      await sleep(pause, undefined, { signal }).catch(() => {
        throw signal.reason
      })
    }
  }
}
