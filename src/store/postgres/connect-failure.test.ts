import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { readConfig } from '../../config/config.ts'
import { connectAlone } from './connection.ts'

const connectTo = (url: string) =>
  connectAlone({ url, schema: 'threadmill', poolSize: 1, statementTimeoutMs: 1_000 })

async function portOf(answer: string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (answer !== undefined) socket.end(answer)
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test('why PostgreSQL cannot be reached is said with its address, what to do, and no password', async () => {
  const closed = await portOf('')
  const web = await portOf('HTTP/1.1 400 Bad Request\r\n\r\n')
  for (const [url, said] of [
    [
      'postgres://me:secret@127.0.0.1:1/db',
      /at 127\.0\.0\.1:1 cannot be used: nothing listens there.*\(ECONNREFUSED\)/,
    ],
    [
      'postgres://me:secret@no-such-host.invalid/db',
      /at no-such-host\.invalid:5432 .*(no host of that name|looked up)/,
    ],
    [
      `postgres://me:secret@127.0.0.1:${closed}/db`,
      /was ended before an answer: look whether it is PostgreSQL/,
    ],
    [`postgres://me:secret@127.0.0.1:${web}/db?sslmode=require`, /no TLS can be begun with it/],
    ['postgres:///db?host=/tmp/no-such-folder&password=secret', /at \/tmp\/no-such-folder .*no such socket/],
  ] satisfies [string, RegExp][])
    await assert.rejects(connectTo(url), (error: Error) => {
      assert.match(error.message, said)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
})

test('a % that begins no encoded sign is refused in addresses, and the address is not repeated', () => {
  for (const [name, value] of [
    ['THREADMILL_DATABASE_URL', 'postgres://me:50%secret@host/db'],
    ['THREADMILL_DATABASE_URL', 'postgres://me:secret%ff@host/db'],
    ['THREADMILL_FILES_URL', 's3://bucket/50%secret?endpoint=https://host'],
    ['THREADMILL_FILES_URL', 's3://bucket/prefix?endpoint=https://secret%zz.example'],
  ] as const)
    assert.throws(
      () => readConfig({ [name]: value }),
      (error: Error) => {
        assert.match(
          error.message,
          new RegExp(`${name} has a % that begins no encoded sign: write a % in it as %25`),
        )
        assert.doesNotMatch(error.message, /secret/)
        return true
      },
    )
})
