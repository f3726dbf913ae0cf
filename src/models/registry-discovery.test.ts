import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../test/runs.ts'
import { startFakeUpstream } from '../../test/fake-upstream.ts'
import { leadsHere } from './own-address.ts'
import { openRegistry } from './registry.ts'
import { textOf, server, nowhere, changingFetch } from '../../test/providers.ts'

test('an address that leads back to this server is left out, with a warning', async () => {
  const own = { host: '0.0.0.0', port: 4711 }
  const registry = openRegistry(
    { providers: [server('openai-compatible', 'http://localhost:4711/v1')] },
    { own },
  )
  assert.match(registry.describe()[0]?.text ?? '', /leads back to this server/)
  assert.equal((await registry.resolve('gpt-4'))?.name, 'demo')

  const loopback = { host: '127.0.0.1', port: 4711 }
  assert(leadsHere('http://localhost:4711/v1', loopback))
  assert(leadsHere('http://[::1]:4711/v1', own))
  assert(!leadsHere('http://localhost:4712/v1', loopback))
  assert(!leadsHere('http://192.0.2.7:4711/v1', loopback))
  assert(!leadsHere('http://192.0.2.7:4711/v1', own))
})

test('an Ollama is asked for its models and speaks through its /v1', async () => {
  await using upstream = await startFakeUpstream({ ollama: ['llama3.2:latest', 'nomic-embed-text'] })
  const registry = openRegistry({
    providers: [{ name: 'ollama', type: 'ollama', baseUrl: upstream.url, models: {} }],
  })
  await registry.ready
  assert.match(textOf(registry), /ollama: llama3\.2\n.*lead to ollama\/llama3\.2/)
  const served = await registry.resolve('gpt-4o')
  assert.equal(served?.name, 'ollama/llama3.2')
  await served.model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] })
  assert.equal(upstream.requests.at(-1)?.path, '/v1/chat/completions')
  // It refuses addresses of pictures, so they are loaded here.
  assert.deepEqual(await served.model.supportedUrls, {})
})

test('an Ollama at its usual address is found in the background', async () => {
  const tags = { models: [{ name: 'qwen3:8b' }] }
  let asked = ''
  const fetch = async (url: unknown) => {
    asked = String(url)
    return Response.json(tags)
  }
  const registry = openRegistry({ discover: true }, { fetch: fetch as typeof globalThis.fetch })
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'ollama/qwen3:8b')
  assert.equal(asked, 'http://127.0.0.1:11434/api/tags')
  assert.deepEqual(
    (await registry.list()).map(({ id }) => id),
    ['ollama/qwen3:8b'],
  )
})

test('a provider that does not answer hides no Ollama that does', async () => {
  const fetch = (address: string, init: RequestInit) =>
    String(address).endsWith('/api/tags')
      ? Promise.resolve(Response.json({ models: [{ name: 'qwen3:8b' }] }))
      : new Promise<Response>((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        )
  const registry = openRegistry(
    { providers: [server('slow', nowhere)], discover: true },
    { fetch: fetch as typeof globalThis.fetch },
  )
  await until(async () => textOf(registry).includes('ollama: qwen3:8b'))
  assert.match(textOf(registry), /slow: not listed yet, it has not answered so far/)
  await registry.close()
})

test('what is known is listed without waiting for a provider that does not answer, and with what it listed before', async () => {
  let answers = true
  const fetch = (address: string, init: RequestInit) =>
    answers && String(address).includes('first.example')
      ? Promise.resolve(Response.json({ data: [{ id: 'llama' }] }))
      : new Promise<Response>((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        )
  const providers = [
    server('first', 'http://first.example/v1'),
    server('second', 'http://second.example/v1', { big: {} }),
  ]
  const registry = openRegistry({ providers }, { fetch: fetch as typeof globalThis.fetch })
  const known = async () => (await registry.known(1)).map(({ id }) => id)
  await until(async () => (await known()).includes('first/llama'))
  answers = false
  assert.deepEqual(await known(), ['first/llama', 'second/big'])
  await registry.close()
})

test('a provider that hangs is waited for once, and listed when it has answered behind', async () => {
  let answer: (response: Response) => void = () => {}
  let asked = 0
  const fetch = () => {
    asked++
    return new Promise<Response>((resolve) => (answer = resolve))
  }
  const registry = openRegistry(
    { providers: [server('lab', nowhere)], aliases: { mine: 'demo' } },
    { fetch: fetch as typeof globalThis.fetch },
  )
  const listed = async () => (await registry.list()).map(({ id }) => id)
  assert.deepEqual(await listed(), ['mine'])
  for (let again = 0; again < 3; again++) assert.deepEqual(await soon(listed()), ['mine'])
  assert.equal(asked, 1, 'nobody waits for the request of the start')
  answer(Response.json({ data: [{ id: 'llama' }] }))
  await registry.ready
  assert.deepEqual(await soon(listed()), ['lab/llama', 'mine'])
  await registry.close()
})

/** What resolves without a wait. */
async function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    return undefined
  }
  return Promise.race([promise, turns()])
}

test('closing does not wait for a provider that does not answer', async () => {
  const fetch = (_: unknown, init: RequestInit) =>
    new Promise<Response>((_resolve, reject) =>
      init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    )
  const registry = openRegistry(
    { providers: [server('slow', nowhere)] },
    { fetch: fetch as typeof globalThis.fetch },
  )
  await registry.close()
})

test('a provider that starts later is found, and until then its reason is known', async () => {
  const { state, fetch } = changingFetch()
  const lines: unknown[] = []
  const registry = openRegistry(
    { providers: [server('lab', nowhere)] },
    { fetch, log: (...line) => lines.push(line) },
  )
  assert.equal(await registry.resolve('qwen'), undefined)
  assert.equal(await registry.resolve('gpt-4-turbo'), undefined)
  assert.deepEqual(registry.problems(), [
    {
      text: "the provider 'lab' cannot be reached (ECONNREFUSED)",
      reason: 'cannot be reached (ECONNREFUSED)',
      passing: true,
    },
  ])
  assert.equal(state.asked, 1, 'it is asked once a second at most')
  state.models = ['qwen']
  assert.equal(await until(async () => (await registry.resolve('qwen'))?.name), 'lab/qwen')
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'lab/qwen')
  assert.deepEqual(registry.problems(), [])
  assert.equal(lines.length, 1, 'a reason is logged once')
})

test('a model that a provider gets while we run is found', async () => {
  const { state, fetch } = changingFetch()
  state.models = ['qwen']
  const registry = openRegistry({ providers: [server('lab', nowhere)] }, { fetch })
  assert.equal(await registry.resolve('llama'), undefined)
  state.models = ['qwen', 'llama']
  assert.equal(await until(async () => (await registry.resolve('llama'))?.name), 'lab/llama')
})
