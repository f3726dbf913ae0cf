import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter } from '../contract/vector-store-search.ts'
import { passes } from './filter.ts'

const file = { year: 2020, region: 'eu', public: true, day: '2024-05-01' }

test('comparisons hold for values of their own type only', () => {
  const holds = (type: string, key: string, value: unknown) =>
    passes(file, { type, key, value } as unknown as Filter)
  assert.ok(holds('eq', 'year', 2020))
  assert.ok(!holds('eq', 'year', '2020'))
  assert.ok(holds('eq', 'public', true))
  assert.ok(holds('gt', 'year', 2019) && !holds('gt', 'year', 2020) && holds('gte', 'year', 2020))
  assert.ok(
    holds('lt', 'day', '2024-06-01') && !holds('lt', 'day', 2025) && holds('lte', 'day', '2024-05-01'),
  )
  assert.ok(holds('in', 'region', ['us', 'eu']) && !holds('in', 'region', ['us']))
  assert.ok(holds('nin', 'region', ['us']) && !holds('nin', 'region', ['eu']))
})

test('a file without the key passes only what says not', () => {
  const holds = (type: string, value: unknown) =>
    passes(file, { type, key: 'none', value } as unknown as Filter)
  assert.ok(holds('ne', 1) && holds('nin', [1]))
  for (const type of ['eq', 'gt', 'gte', 'lt', 'lte']) assert.ok(!holds(type, 1))
  assert.ok(!holds('in', [1]))
  assert.ok(!passes(file, { type: 'eq', key: 'constructor', value: 'x' }))
})

test('filters join with and and or, at any depth', () => {
  const year = (type: 'gt' | 'lt', value: number): Filter => ({ type, key: 'year', value })
  const eu: Filter = { type: 'eq', key: 'region', value: 'eu' }
  assert.ok(passes(file, { type: 'and', filters: [year('gt', 2010), year('lt', 2030), eu] }))
  assert.ok(!passes(file, { type: 'and', filters: [year('gt', 2020), eu] }))
  assert.ok(passes(file, { type: 'or', filters: [year('gt', 2020), { type: 'and', filters: [eu] }] }))
  assert.ok(!passes(file, { type: 'or', filters: [year('gt', 2020), year('lt', 2020)] }))
})
