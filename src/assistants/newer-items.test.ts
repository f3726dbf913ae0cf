import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredItem } from '../contract/responses/items.ts'
import { NewerItems } from './newer-items.ts'

const item = (type: string, more: object) => ({ item: { type, ...more } }) as unknown as StoredItem
const call = (id: string) => item('function_call', { call_id: id, id: 'fc' })
const output = (id: string, text: string) => item('function_call_output', { call_id: id, output: text })

test('items are found by the call that they belong to, in their order, whatever was read when', () => {
  const newer = new NewerItems()
  newer.addBefore([output('a', '3'), output('b', '4')])
  newer.addBefore([call('a'), output('a', '2'), item('message', {})])
  assert.deepEqual(newer.belongingTo([call('a')]), [call('a'), output('a', '2'), output('a', '3')])
  assert.deepEqual(newer.belongingTo([call('b'), call('b')]), [output('b', '4')])
  assert.deepEqual(newer.belongingTo([item('message', {}), call('c')]), [])
})

test('what came of a request for approval is found by its id', () => {
  const newer = new NewerItems()
  const approval = item('mcp_approval_response', { approval_request_id: 'mcpr_1' })
  const made = item('mcp_call', { approval_request_id: 'mcpr_1' })
  newer.addBefore([approval, made, item('mcp_call', { approval_request_id: null })])
  assert.deepEqual(newer.belongingTo([item('mcp_approval_request', { id: 'mcpr_1' })]), [approval, made])
})
