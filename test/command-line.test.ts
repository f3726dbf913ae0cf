import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLinePage } from './command-line.ts'

test('docs/command-line.md is what the table of commands says: if not, run node test/command-line.ts', () => {
  const { is, should } = commandLinePage()
  assert.equal(is, should)
})
