import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskFull } from '../errors/unavailable.ts'
import { isDiskFull } from './disk-full.ts'

const failing = (more: object) => Object.assign(new Error('no'), more)

test('a full disk is known from the database and from files, whatever wraps the error, and is said to clients', () => {
  const full = failing({ errcode: 13 })
  for (const error of [full, failing({ code: 'ENOSPC' }), failing({ code: 'EDQUOT' })]) {
    assert.ok(isDiskFull(error))
    assert.ok(isDiskFull(new Error('while writing', { cause: error })))
  }
  for (const error of [failing({}), failing({ errcode: 5 }), failing({ code: 'EACCES' }), 'full', undefined])
    assert.ok(!isDiskFull(error))
  const { status, type, code } = diskFull()
  assert.deepEqual([status, type, code], [507, 'server_error', 'disk_full'])
})
