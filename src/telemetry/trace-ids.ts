import { createHash } from 'node:crypto'
import type { ObservedRun, SpanId } from './observer.ts'

/** In lower case hexadecimal digits, as W3C Trace Context writes them. */
export interface SpanPlace {
  traceId: string
  spanId: string
}

/** The span of the whole run. */
export const wholeRun: SpanId = { attempt: 0, n: 0 }

/**
 * Where a span of a run is. All of it follows from the run, so that every server that works on it continues the same
 * trace and nothing of it has to be kept.
 */
export const placeOf = (run: Pick<ObservedRun, 'id' | 'trace'>, { attempt, n }: SpanId): SpanPlace => ({
  traceId: run.trace?.traceparent?.slice(3, 35) ?? digits(`trace ${run.id}`, 32),
  spanId: digits(`span ${run.id} ${attempt} ${n}`, 16),
})

const digits = (of: string, count: number) => createHash('sha256').update(of).digest('hex').slice(0, count)
