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

/** Where the original has a link to its own pages. */
const whoLimits = 'Whoever administers this server can change the limit.'

/** The words of the original, which clients show, and some of them read the time from. */
export function rateLimitText({ rate: { unit, limit, about }, requested, used, retryMs }: Over): string {
  const what = `for ${about} on ${unit} per min (${unit === 'requests' ? 'RPM' : 'TPM'}): Limit ${limit}`
  return retryMs === Infinity
    ? `Request too large ${what}, Requested ${requested}. The input or output tokens must be reduced in order to run successfully. ${whoLimits}`
    : `Rate limit reached ${what}, Used ${used}, Requested ${requested}. Please try again in ${duration(retryMs)}. ${whoLimits}`
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

/** For a completion; a run waits. How soon another one ends is not known, so it may be tried again in a second. */
export const tooManyAtOnce = ({ limit, used, about }: { limit: number; used: number; about: string }) =>
  new ApiError(
    429,
    `Rate limit reached for ${about} on concurrent runs: Limit ${limit}, Used ${used}, Requested 1. Please try again in 1s. ${whoLimits}`,
    {
      type: 'requests',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': '1', 'retry-after-ms': '1000' },
    },
  )

/** The status is one that no client tries again by itself: somebody has to delete something, or to raise the limit. */
const beyondStorage = (message: string) => new ApiError(400, message, { code: 'storage_limit_exceeded' })

/** Whose limit it is, and what would be taken, where that is known. */
interface Beyond {
  of: 'project' | 'key'
  limit: number
  bytes?: number
}

export const filesBeyondLimit = ({ of, limit, bytes }: Beyond): ApiError =>
  beyondStorage(
    `The files of this ${of} may take ${limit} bytes together${bytes === undefined ? '' : `, and would take ${bytes}`}. Delete files, or ask for a higher limit.`,
  )

/** Also the reason why a file fails that turns out larger when it is indexed. */
export const storesBeyondLimitText = ({ of, limit, bytes }: Required<Beyond>): string =>
  `${of === 'key' ? 'What this key puts into vector stores' : 'The vector stores of this project'} may take ${limit} bytes together, and would take ${bytes}. Remove files from them, or ask for a higher limit.`

export const storesBeyondLimit = (stored: Required<Beyond>): ApiError =>
  beyondStorage(storesBeyondLimitText(stored))
