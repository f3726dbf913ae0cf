import { ApiError } from './errors.ts'

/** What was over a limit per minute. */
interface Over {
  rate: { unit: 'requests' | 'tokens'; limit: number; about: string }
  requested: number
  used: number
  /** Infinity where it asks for more than there is in a minute. */
  retryMs: number
  /** Until all of the limit is there again. */
  resetMs: number
}

/** The headers of the original about one limit. Times are in milliseconds. */
export const rateHeadersOf = ({
  rate: { unit, limit },
  remaining,
  resetMs,
}: Pick<Over, 'rate' | 'resetMs'> & { remaining: number }): Record<string, string> => ({
  [`x-ratelimit-limit-${unit}`]: String(limit),
  [`x-ratelimit-remaining-${unit}`]: String(remaining),
  [`x-ratelimit-reset-${unit}`]: duration(resetMs),
})

/** As the original writes times: 792ms, 9.816s, 1m12s. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`
  const whole = Math.ceil(ms)
  const seconds = `${Number(((whole % 60_000) / 1_000).toFixed(3))}s`
  return whole < 60_000 ? seconds : `${Math.floor(whole / 60_000)}m${seconds}`
}

/** The words of the original, which clients show, and some of them read the time from. */
export function rateLimitText({ rate: { unit, limit, about }, requested, used, retryMs }: Over): string {
  const what = `for ${about} on ${unit} per min (${unit === 'requests' ? 'RPM' : 'TPM'}): Limit ${limit}`
  return retryMs === Infinity
    ? `Request too large ${what}, Requested ${requested}. The input or output tokens must be reduced in order to run successfully.`
    : `Rate limit reached ${what}, Used ${used}, Requested ${requested}. Please try again in ${duration(retryMs)}.`
}

/** The official clients try again by themselves, after the time in the headers. */
export const rateLimitReached = (over: Over): ApiError =>
  new ApiError(429, rateLimitText(over), {
    type: over.rate.unit,
    code: 'rate_limit_exceeded',
    headers: {
      ...rateHeadersOf({ ...over, remaining: over.rate.limit - over.used }),
      'retry-after': String(Math.ceil(over.retryMs / 1_000)),
      'retry-after-ms': String(Math.ceil(over.retryMs)),
    },
  })
