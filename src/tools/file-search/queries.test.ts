import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQueries } from './queries.ts'

const readable: [argumentsText: string, queries: string[]][] = [
  ['{"queries": ["a", "b"]}', ['a', 'b']],
  ['{"queries": "a"}', ['a']],
  ['{"query": "a"}', ['a']],
  ['{"search": {"text": "a"}}', ['a']],
  ['["a", " ", "b"]', ['a', 'b']],
  ['"a"', ['a']],
  ["{'queries': ['a',]}", ['a']],
  ['how long is the leave?', ['how long is the leave?']],
]
for (const [argumentsText, queries] of readable) {
  test(`${argumentsText} looks for ${queries.join(' and ')}`, () => {
    assert.deepEqual(readQueries(argumentsText), queries)
  })
}

for (const argumentsText of [
  '',
  '  ',
  '{"queries": ["a',
  '{}',
  '[]',
  '{"queries": [3]}',
  '{"queries": [" "]}',
]) {
  test(`${JSON.stringify(argumentsText)} looks for nothing`, () => {
    assert.deepEqual(readQueries(argumentsText), [])
  })
}
