import type { RunTrace } from '../contract/runs.ts'

/** Version, trace, span and flags. A later version may have more. */
const traceparent = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(-|$)/
const maxTracestate = 512

/**
 * The trace that a request belongs to, by the headers of W3C Trace Context. A header that is not valid counts as none, as
 * that asks for.
 */
export function readTrace(headers: Headers): RunTrace {
  const created_ms = Date.now()
  const parent = headers.get('traceparent')?.trim() ?? ''
  if (!traceparent.test(parent) || (parent.startsWith('00') && parent.length > 55)) return { created_ms }
  const state = headers.get('tracestate')?.trim() ?? ''
  // What is longer cannot be handed on whole.
  const isKept = state !== '' && state.length <= maxTracestate && /^[\x20-\x7e]+$/.test(state)
  return { created_ms, traceparent: parent.slice(0, 55), ...(isKept && { tracestate: state }) }
}
