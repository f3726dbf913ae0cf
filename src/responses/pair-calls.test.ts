import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallItem, CallOutputItem } from '../contract/responses/items.ts'
import { pairCalls } from './pair-calls.ts'

const call = (call_id: string): CallItem => ({
  id: 'fc_1',
  type: 'function_call',
  status: 'completed',
  arguments: '{}',
  call_id,
  name: 'f',
})
const output = (call_id: string, text: string): CallOutputItem => ({
  id: 'fco_1',
  type: 'function_call_output',
  status: 'completed',
  call_id,
  output: text,
})
const paired = (...items: (CallItem | CallOutputItem)[]) =>
  [...pairCalls(items).values()].map(({ id, output: of }) => [id, of?.output])

test('each call has its own output, also where ids come again', () => {
  assert.deepEqual(paired(call('a'), call('b'), output('b', '2'), output('a', '1')), [
    ['a', '1'],
    ['b', '2'],
  ])
  assert.deepEqual(paired(call('a'), output('a', '1'), call('a'), output('a', '2'), call('a')), [
    ['a', '1'],
    ['a_2', '2'],
    ['a_3', undefined],
  ])
  assert.deepEqual(paired(call('a'), call('a'), call('a_2'), output('a', '1'), output('a', '2')), [
    ['a', '1'],
    ['a_2', '2'],
    ['a_2_2', undefined],
  ])
})

test('of two outputs the newest counts, and one before its call is taken', () => {
  assert.deepEqual(paired(call('a'), output('a', '1'), output('a', '2')), [['a', '2']])
  assert.deepEqual(paired(output('a', '1'), call('a')), [['a', '1']])
})
