import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { readAddress, serverOf } from './address.ts'

const connection = (url: string) => {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url })
  return { host, port, user, password, database }
}

test('an address is taken in each form of libpq, with a user before no host among them', () => {
  const me = { port: 5432, user: 'me', password: 'a:b@', database: 'd' }
  for (const [given, wanted, server] of [
    ['postgres://me:a%3Ab%40@h/d', { ...me, host: 'h' }, 'h:5432'],
    ['postgres://me:a%3Ab%40@/d?host=/run/pg', { ...me, host: '/run/pg' }, '/run/pg'],
    ['postgresql://me:a%3Ab%40@:6432/d?host=/run/pg', { ...me, port: 6432, host: '/run/pg' }, '/run/pg'],
    ['postgres://me:a%3Ab%40@%2Frun%2Fpg/d', { ...me, host: '/run/pg' }, '/run/pg'],
    ['postgres:///d?host=h&port=6432&user=me&password=a:b@', { ...me, port: 6432, host: 'h' }, 'h:6432'],
    ['postgres://me:a%3Ab%40@/d', { ...me, host: 'localhost' }, 'localhost:5432'],
    ['postgres://:6432/d?user=me&password=a:b@', { ...me, port: 6432, host: 'localhost' }, 'localhost:6432'],
    ['postgres://me:a%3Ab%40@[::1]:6432/d', { ...me, port: 6432, host: '::1' }, '[::1]:6432'],
  ] as const) {
    const read = readAddress(given)
    assert.ok('url' in read, given)
    assert.deepEqual(connection(read.url), wanted, given)
    assert.equal(serverOf(read.url), server, given)
  }
})

test('what is no address of one server is told how one is written, and is not repeated', () => {
  for (const given of [
    'host=h dbname=d password=secret',
    'mysql://me:secret@h/d',
    'postgres://a:1,b:2/d',
    'postgres://a,b/d',
    'postgres:///d?host=a,b',
    'postgres://me:secret@h:port/d',
    'postgres://me:secret/x@h/d',
    'postgres://me:12/secret@h/d',
    'postgres://me:12#secret@h/d',
    'postgres://me:secret?x@h/d',
  ]) {
    const read = readAddress(given)
    assert.ok('problem' in read, given)
    assert.match(
      read.problem,
      /^must be an address of one server, postgres:\/\/USER.* are written as %2F/,
      given,
    )
    assert.doesNotMatch(read.problem, /secret/)
  }
  assert.match(
    JSON.stringify(readAddress('postgres://h/d?sslmode=prefer')),
    /has sslmode=prefer, which must be one of disable, require, verify-ca, verify-full/,
  )
})
