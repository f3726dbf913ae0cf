import { rateLimitReached } from '../errors/limit-errors.ts'
import type { RateLimiter, RateState } from '../store/usage/rate-limiter.ts'
import { ratesOf, ratesOfModel, type Asking, type Rate } from '../store/usage/rates.ts'
import type { Admission, Context } from './context.ts'

/** The limits per minute that one request was counted against. */
export class CountedRates {
  #limiter: RateLimiter
  #rates: Rate[] = []

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter
  }

  add(rates: readonly Rate[]): void {
    this.#rates.push(...rates)
  }

  /** What is left of the limit that has the least left. Undefined when there is none. */
  tightest(unit: Rate['unit']): RateState | undefined {
    return this.#rates
      .filter((rate) => rate.unit === unit)
      .flatMap((rate) => this.#limiter.stateOf(rate) ?? [])
      .toSorted((one, other) => one.remaining - other.remaining)[0]
  }
}

/**
 * Counts a request against the limits of its project and its key. Throws the wire's 429.
 */
export async function admitRequest({ limits, limiter }: Admission, asking: Asking): Promise<CountedRates> {
  const rates = ratesOf(limits(), asking, 'requests')
  const over = rates.length > 0 ? await limiter.take(rates, 1) : undefined
  if (over) throw rateLimitReached(over)
  const counted = new CountedRates(limiter)
  counted.add(rates)
  return counted
}

/**
 * Counts the first request that a run will make of its model, and looks whether there are tokens for it: how many it takes is
 * known when it is made (`engine/turn-allowances.ts`). `model` is the name of what is served.
 */
export async function admitRun(
  { admission: { limits, limiter }, project, apiKey }: Pick<Context, 'admission' | 'project' | 'apiKey'>,
  model: string,
): Promise<Rate[]> {
  const set = limits()
  const requests = ratesOfModel(set, project, model, 'requests')
  const tokens = [
    ...ratesOfModel(set, project, model, 'tokens'),
    ...ratesOf(set, { project, apiKey }, 'tokens'),
  ]
  if (requests.length + tokens.length === 0) return []
  const noTokens = await limiter.take(tokens, 1)
  if (noTokens) throw rateLimitReached(noTokens)
  limiter.giveBack(tokens, 1)
  const noRequest = await limiter.take(requests, 1)
  if (noRequest) throw rateLimitReached(noRequest)
  return [...requests, ...tokens]
}

/** Takes back what `admitRun` has counted for a run that was not created. */
export function giveBackRun({ admission: { limiter } }: Pick<Context, 'admission'>, rates: Rate[]): void {
  limiter.giveBack(
    rates.filter(({ unit }) => unit === 'requests'),
    1,
  )
}
