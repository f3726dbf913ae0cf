import assert from 'node:assert/strict'
import dns from 'node:dns'
import { createServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { BlockList, type AddressInfo, type LookupFunction } from 'node:net'
import { test, type TestContext } from 'node:test'
import { downloadPublic } from './download-public.ts'

const never = new AbortController().signal

/** A server of this machine, which counts who asks it. */
async function neighbour(t: TestContext) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/moved') response.writeHead(302, { location: '/picture' }).end()
    else response.end(request.url === '/large' ? Buffer.alloc(2_000) : 'a picture')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { asked, port: (server.address() as AddressInfo).port }
}

for (const host of [
  '127.0.0.1',
  'localhost',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '0x7f.1',
  '2130706433',
  '10.0.0.1',
]) {
  test(`nothing inside is read by the address ${host}`, async (t) => {
    const { asked, port } = await neighbour(t)
    await assert.rejects(downloadPublic(`http://${host}:${port}/`, 1_000, never), /not a public address/)
    assert.deepEqual(asked, [])
  })
}

test('nor by a name that leads elsewhere once it is connected to', async (t) => {
  const { asked, port } = await neighbour(t)
  t.after(syncBuiltinESMExports)
  const inside: LookupFunction = (_name, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }])
  t.mock.method(dns.promises, 'lookup', async () => [{ address: '203.0.113.1', family: 4 }])
  t.mock.method(dns, 'lookup', inside as typeof dns.lookup)
  syncBuiltinESMExports()
  await assert.rejects(downloadPublic(`http://outside.test:${port}/`, 1_000, never), /not a public address/)
  assert.deepEqual(asked, [])
})

test('what is outside is read, up to so many bytes, and redirects are not followed', async (t) => {
  const { asked, port } = await neighbour(t)
  t.mock.method(BlockList.prototype, 'check', () => false)
  const at = (path: string) => `http://localhost:${port}/${path}`
  assert.equal((await downloadPublic(at('picture'), 1_000, never)).toString(), 'a picture')
  await assert.rejects(downloadPublic(at('large'), 1_000, never), /more than 1000 bytes/)
  await assert.rejects(downloadPublic(at('moved'), 1_000, never), /answered 302/)
  await assert.rejects(downloadPublic(at('picture'), 1_000, AbortSignal.abort()), { name: 'AbortError' })
  assert.deepEqual(asked, ['/picture', '/large', '/moved'])
})
