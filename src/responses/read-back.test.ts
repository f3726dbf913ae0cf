import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredItem } from '../contract/responses/items.ts'
import { readToFold } from './read-back.ts'

const call = (id: string, call_id: string): StoredItem => ({
  item: { id, type: 'function_call', status: 'completed', name: 'look', call_id, arguments: '{}' },
})
const output = (id: string, call_id: string): StoredItem => ({
  item: { id, type: 'function_call_output', status: 'completed', call_id, output: 'seen' },
})

/** The calls that stay beside a summary, where each item is a portion of its own. */
async function openOf(...items: StoredItem[]): Promise<string[]> {
  async function* before() {
    for (const item of items.toReversed()) yield [item]
  }
  const { open } = await readToFold(before(), [], Infinity)
  return open.map(({ item }) => item.id)
}

test('a call stays beside a summary when it has no output, whatever others with its id have', async () => {
  assert.deepEqual(await openOf(call('1', 'a'), output('2', 'a'), output('3', 'a')), [])
  assert.deepEqual(await openOf(call('1', 'a'), call('2', 'a'), output('3', 'a'), output('4', 'a')), [])
  assert.equal((await openOf(call('1', 'a'), call('2', 'a'), output('3', 'a'))).length, 1)
  assert.deepEqual(await openOf(call('1', 'a'), output('2', 'a'), output('3', 'a'), call('4', 'a')), ['4'])
})
