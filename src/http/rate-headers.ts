import { rateHeadersOf } from '../errors/limit-errors.ts'
import type { CountedRates } from '../operations/admit.ts'

/** The headers of the original, of which an answer has those of its limits. */
export const rateHeaderNames = (['limit', 'remaining', 'reset'] as const).flatMap((what) =>
  (['requests', 'tokens'] as const).map((unit) => `x-ratelimit-${what}-${unit}`),
)

/** What is left of the limits that a request was counted against. None where there is no limit. */
export function rateHeaders(counted: CountedRates): Record<string, string> {
  const [requests, tokens] = [counted.tightest('requests'), counted.tightest('tokens')]
  return { ...(requests && rateHeadersOf(requests)), ...(tokens && rateHeadersOf(tokens)) }
}
