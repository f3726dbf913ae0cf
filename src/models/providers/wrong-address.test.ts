import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { modelError } from '../model-error.ts'
import type { ProviderType } from '../provider-settings.ts'
import { families } from './families.ts'

const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]

/** What a turn of a model fails with whose provider is at a server that answers everything like this. */
async function failureOf(type: ProviderType, contentType: string, body: string): Promise<string | undefined> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': contentType }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const settings = { name: 'lab', type, baseUrl, apiKey: 'k', models: {}, connectMs: 10_000 }
  try {
    const model = await families[type](settings, fetch).open('m')
    const { stream } = await model.doStream({ prompt })
    for await (const part of stream) if (part.type === 'error') throw part.error
    return undefined
  } catch (error) {
    const { code, message, retryable } = modelError(error, 'lab/m')
    assert.deepEqual([code, retryable], ['server_error', true], message)
    return message
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a provider of another API than its settings say fails without the words of a package', async () => {
  const other = 'data: {"hello":1}\n\n'
  for (const type of ['openai-compatible', 'openai', 'anthropic', 'mistral', 'google'] as const)
    for (const [contentType, body] of [
      ['text/event-stream', other],
      ['text/event-stream', 'event: x\ndata: <html>\n\n'],
      ['text/html', '<!doctype html><h1>Hello</h1>'],
      ['application/json', '{}'],
    ] as const)
      assert.match(
        (await failureOf(type, contentType, body)) ?? 'without an end',
        /without an end|no JSON$|^The connection to /,
        `${type}: ${body}`,
      )
})
