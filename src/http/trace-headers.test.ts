import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from './trace-headers.ts'

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const read = (headers: Record<string, string>) => {
  const { created_ms, ...rest } = readTrace(new Headers(headers))
  assert.ok(Math.abs(created_ms - Date.now()) < 60_000)
  return rest
}

test('the trace of the caller is kept with its state', () => {
  assert.deepEqual(read({ traceparent: parent, tracestate: 'a=b,c=d' }), {
    traceparent: parent,
    tracestate: 'a=b,c=d',
  })
  assert.deepEqual(read({ traceparent: `01${parent.slice(2)}-what-comes-later` }), {
    traceparent: `01${parent.slice(2)}`,
  })
})

test('what is no trace counts as none, and a state without a trace or too long for one is left out', () => {
  for (const traceparent of [
    '',
    'nonsense',
    parent.toUpperCase(),
    `${parent}-more`,
    `ff${parent.slice(2)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    parent.repeat(100),
  ])
    assert.deepEqual(read({ traceparent, tracestate: 'a=b' }), {}, traceparent)
  assert.deepEqual(read({ tracestate: 'a=b' }), {})
  assert.deepEqual(read({ traceparent: parent, tracestate: `a=${'b'.repeat(511)}` }), {
    traceparent: parent,
  })
})
