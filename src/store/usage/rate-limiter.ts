import { describeError, type Log } from '../../common/log.ts'
import { oneAtATime } from '../../common/one-at-a-time.ts'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'
import type { Database } from '../database.ts'
import { returnUnits, takeUnits, unitsLeft, waitFor, type BucketState } from './rate-buckets.ts'
import type { Rate } from './rates.ts'

/** Why something was refused. */
export interface OverRate {
  rate: Rate
  requested: number
  used: number
  /** In how many milliseconds it would be let through. Infinity where it asks for more than there is in a minute. */
  retryMs: number
  /** In how many milliseconds all of it is there again. */
  resetMs: number
}

/** What is left of a limit, as this server knows it. */
export interface RateState {
  rate: Rate
  remaining: number
  /** In how many milliseconds all of it is there again. */
  resetMs: number
}

/**
 * Keeps limits per minute for all servers on the database. A server takes units in portions, so that most requests cost no
 * statement, and returns what it has not used: together they never let more through than there is.
 */
export interface RateLimiter {
  /** Takes as many units of each rate, or of none. */
  take(rates: readonly Rate[], units: number): Promise<OverRate | undefined>
  /** Takes units that were used already, also where there are not so many. */
  charge(rates: readonly Rate[], units: number): Promise<void>
  /** Gives units back that were taken and not used. */
  giveBack(rates: readonly Rate[], units: number): void
  /** Undefined where nothing has asked yet. */
  stateOf(rate: Rate): RateState | undefined
  close(): Promise<void>
}

/** The part of a minute's units that a server takes at once. As much may be hidden from another one, for a moment. */
const portionOf = ({ limit }: Rate) => Math.max(1, Math.floor(limit / 50))
/** How long a server keeps units that it does not use, in milliseconds. */
const keepMs = 1_000
const forgetMs = 120_000

interface Held {
  rate: Rate
  /** Units that were taken from the database and are not used yet. */
  left: number
  /** What the database said last, and when, by `performance.now()`. */
  known: BucketState | undefined
  at: number
  /** So many units are not there until then. */
  refused: { units: number; until: number } | undefined
  asking: Promise<void> | undefined
}

export function createRateLimiter(db: Database, log: Log): RateLimiter {
  const held = new Map<string, Held>()

  function heldOf(rate: Rate): Held {
    const found = held.get(rate.id)
    if (found) {
      // What was refused may be let through by now.
      if (found.rate.limit !== rate.limit) found.refused = undefined
      found.rate = rate
      return found
    }
    const fresh = { rate, left: 0, known: undefined, at: 0, refused: undefined, asking: undefined }
    held.set(rate.id, fresh)
    return fresh
  }

  /** By the clock of the database, as far as it is known here. */
  const stateNow = ({ known, at }: Held): BucketState | undefined =>
    known && { now: known.now + (performance.now() - at) * 1_000, fullAt: known.fullAt }

  async function ask(one: Held, units: number): Promise<void> {
    const { rate } = one
    const least = units - one.left
    const most = Math.max(least, portionOf(rate))
    const { taken, after } = await db.write((tx) => takeUnits(tx, rate, { least, most }), 'committed')
    one.at = performance.now()
    one.known = after
    one.left += taken
    one.refused =
      taken > 0 ? undefined : { units: least, until: one.at + Math.max(1, waitFor(after, least, rate.limit)) }
  }

  /** In how many milliseconds the units are there: 0 when they were taken. */
  async function takeOf(one: Held, units: number): Promise<number> {
    for (;;) {
      if (one.left >= units) {
        one.left -= units
        return 0
      }
      if (units > one.rate.limit) return Infinity
      const { refused } = one
      const wait = refused && units - one.left >= refused.units ? refused.until - performance.now() : 0
      if (wait > 0) return wait
      // Whoever comes meanwhile waits for the portion, and mostly finds what it needs in it.
      one.asking ??= ask(one, units).finally(() => (one.asking = undefined))
      await one.asking
    }
  }

  function stateOf(rate: Rate): RateState | undefined {
    const one = held.get(rate.id)
    const state = one && stateNow(one)
    if (!state) return undefined
    const remaining = Math.min(rate.limit, Math.max(0, unitsLeft(state, rate.limit)) + one.left)
    return { rate, remaining, resetMs: Math.max(0, Math.ceil((state.fullAt - state.now) / 1_000)) }
  }

  function giveBack(rates: readonly Rate[], units: number): void {
    for (const rate of rates) heldOf(rate).left += units
  }

  /** Units that nobody has used for a moment are there for other servers again. */
  async function returnUnused(all: boolean): Promise<void> {
    const now = performance.now()
    const unused = [...held.values()]
      .filter((one) => one.left > 0 && !one.asking && (all || now - one.at > keepMs))
      .toSorted((one, other) => (one.rate.id < other.rate.id ? -1 : 1))
      .map((one) => ({ one, units: one.left }))
    for (const [id, one] of held)
      if (one.left === 0 && !one.asking && now - one.at > forgetMs) held.delete(id)
    if (unused.length === 0) return
    for (const { one, units } of unused) one.left -= units
    await db
      .write((tx) => unused.forEach(({ one, units }) => returnUnits(tx, one.rate, units)), 'committed')
      .catch((error: unknown) => {
        for (const { one, units } of unused) one.left += units
        throw error
      })
  }

  const tidy = oneAtATime(
    async () => {
      await returnUnused(false)
      return false
    },
    (error) => {
      if (!(error instanceof DatabaseUnavailable))
        log('error', 'returning what is left of rate limits failed', describeError(error))
    },
  )
  let tidying: NodeJS.Timeout | undefined

  return {
    async take(rates, units) {
      // Nothing is done for those who have no limit.
      if (rates.length > 0) tidying ??= setInterval(tidy, keepMs).unref()
      for (const [index, rate] of rates.entries()) {
        const one = heldOf(rate)
        const retryMs = await takeOf(one, units)
        if (retryMs === 0) continue
        giveBack(rates.slice(0, index), units)
        const { remaining = rate.limit, resetMs = 0 } = stateOf(rate) ?? {}
        return { rate, requested: units, used: rate.limit - remaining, retryMs, resetMs }
      }
      return undefined
    },
    async charge(rates, units) {
      for (const rate of rates) {
        const one = heldOf(rate)
        const own = Math.min(one.left, units)
        one.left -= own
        const least = units - own
        if (least === 0) continue
        const { after } = await db.write(
          (tx) => takeUnits(tx, rate, { least, most: least, inAnyCase: true }),
          'committed',
        )
        one.known = after
        one.at = performance.now()
      }
    },
    giveBack,
    stateOf,
    async close() {
      clearInterval(tidying)
      await tidy.close()
      await returnUnused(true).catch(() => {})
    },
  }
}
