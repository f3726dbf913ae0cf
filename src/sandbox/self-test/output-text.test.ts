import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outputText } from './output-text.ts'

test('a secret that is printed in parts is found as well as one in a result', () => {
  const said = outputText([
    { type: 'stream', name: 'stdout', text: 'sec' },
    { type: 'stream', name: 'stdout', text: 'ret\n' },
    { type: 'result', data: { 'text/plain': 'hidden' } },
    { type: 'done', status: 'ok', truncated: false },
  ])
  assert.match(said, /secret/)
  assert.match(said, /hidden/)
})
