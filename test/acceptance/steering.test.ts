import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startFakeUpstream } from '../fake-upstream.ts'
import { connect } from '../response-socket.ts'
import { until } from '../runs.ts'
import { apiKey, call, json, startServer, temporaryFolder } from './child.ts'

test('a response stays as it ended, and is gone on with by hand, when its server is killed before the one that takes up what was said', async () => {
  await using upstream = await startFakeUpstream({
    reply: (_request, index) => (index === 0 ? { firstTokenMs: 60_000 } : { tokens: ['Brief', '.'] }),
  })
  // The next response is not made until its file is there, which never comes.
  await using files = createServer()
  await once(files.listen(0, '127.0.0.1'), 'listening')
  const file_url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/notes.txt`
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1`, THREADMILL_PRIVATE_HOSTS: '127.0.0.1' }
  const first = await startServer(folder.path, env)
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => first.kill())
  cleanup.defer(() => files.closeAllConnections())

  await using connection = await connect({ url: first.url, apiKey })
  connection.send({ type: 'response.create', model: 'fake', input: 'Hi' })
  const { id } = (await connection.upTo('response.created')).at(-1)?.['response']
  await until(async () => upstream.requests.some(({ body }) => body))
  const content = [
    { type: 'input_text', text: 'Be brief.' },
    { type: 'input_file', file_url },
  ]
  const asked = once(files, 'request')
  connection.send({ type: 'response.steer', previous_response_id: id, input: [{ role: 'user', content }] })
  const over = (await connection.upTo('response.incomplete')).at(-1)?.['response']
  await asked
  const broken = once(connection.socket, 'close')
  await first.kill()
  const [code] = await broken
  assert.equal(code, 1006)

  await using second = await startServer(folder.path, env)
  const stored = async (path: string) => json(await call(`${second.url}/v1/responses${path}`, 'GET'))
  assert.deepEqual(await stored(`/${id}`), over)
  assert.deepEqual(over.incomplete_details, { reason: 'steered' })
  assert.deepEqual(
    (await stored('')).data.map((one: { id: string }) => one.id),
    [id],
  )
  await using again = await connect({ url: second.url, apiKey })
  const frames = await again.create({ model: 'fake', previous_response_id: id, input: 'Be brief.' })
  assert.equal(frames.at(-1)?.['type'], 'response.completed')
  const sent = upstream.requests.at(-1)?.body?.messages.map(({ role, content: text }) => [role, text])
  assert.deepEqual(sent, [
    ['user', 'Hi'],
    ['user', 'Be brief.'],
  ])
})
