import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../test/runs.ts'
import { startFakeUpstream } from '../../test/fake-upstream.ts'
import type { Log } from '../log.ts'
import { followAlias } from './aliases.ts'
import { leadsHere } from './own-address.ts'
import { openRegistry, type OpenRegistry } from './registry.ts'
import { scripted } from './scripted.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { ModelSettings } from './model-settings.ts'

const textOf = (registry: OpenRegistry) =>
  registry
    .describe()
    .map(({ text }) => text)
    .join('\n')

const server = (
  name: string,
  baseUrl: string,
  models: ProviderSettings['models'] = {},
): ProviderSettings => ({
  name,
  type: 'openai-compatible',
  baseUrl,
  apiKey: 'top-secret',
  models,
})
const nowhere = 'http://127.0.0.1:9/v1'

const leadsTo = async (settings: Partial<ModelSettings>, name: string) =>
  (await openRegistry(settings).resolve(name))?.name

test('without a provider, OpenAI names lead to the demo, which says what it is', async () => {
  const registry = openRegistry()
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'demo')
  assert.equal((await registry.resolve('demo'))?.name, 'demo')
  assert.equal(await registry.resolve('claude-3'), undefined)
  const [listed] = await registry.list()
  assert.equal(listed?.id, 'demo')
  assert.match(listed.owned_by, /not a language model/)
  assert.match(textOf(registry), /no language model/)
})

test('models of an embedding program answer under their names and stand in for OpenAI names', async () => {
  const registry = openRegistry({}, { models: { mine: scripted([{ text: 'Hello' }]) } })
  assert.equal((await registry.resolve('mine'))?.model.provider, 'scripted')
  assert.equal((await registry.resolve('gpt-4o'))?.name, 'mine')
  assert.equal((await registry.resolve('demo'))?.name, 'demo')
})

test('provider/model resolves without asking, even when the provider is down', async () => {
  const settings = { providers: [server('lab', nowhere)] }
  assert.equal(await leadsTo(settings, 'lab/some/model'), 'lab/some/model')
  assert.equal(await leadsTo(settings, 'lab/'), undefined)
})

test('a bare name goes to the provider that lists it, and OpenAI names to the first model there is', async () => {
  await using upstream = await startFakeUpstream({ models: ['text-embedding-x', 'qwen', 'llama'] })
  const settings = { providers: [server('lab', `${upstream.url}/v1`)] }
  assert.equal(await leadsTo(settings, 'llama'), 'lab/llama')
  assert.equal(await leadsTo(settings, 'gpt-4-turbo'), 'lab/qwen')
  assert.equal(await leadsTo({ ...settings, defaultModel: 'lab/llama' }, 'o3-mini'), 'lab/llama')
  assert.equal(await leadsTo(settings, 'unheard-of'), undefined)
})

for (const [what, status] of [
  ['is down', undefined],
  ['refuses the key', 401],
  ['fails', 500],
] as const) {
  test(`OpenAI names do not pass over a first provider that ${what} to the second`, async () => {
    const fetch = async (address: string) => {
      if (!String(address).includes('first.example')) return Response.json({ data: [{ id: 'llama' }] })
      if (status) return Response.json({}, { status })
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    }
    const providers = [
      server('first', 'http://first.example/v1'),
      server('second', 'http://second.example/v1'),
    ]
    const registry = openRegistry({ providers }, { fetch: fetch as typeof globalThis.fetch })
    for (const name of ['gpt-4-turbo', 'o3-mini']) assert.equal(await registry.resolve(name), undefined)
    assert.equal((await registry.resolve('llama'))?.name, 'second/llama')
    assert.match(textOf(registry), /OpenAI's model names .* lead to 'first', and wait until it can be asked/)
    const chosen = openRegistry(
      { providers, defaultModel: 'second/llama' },
      { fetch: fetch as typeof globalThis.fetch },
    )
    assert.equal((await chosen.resolve('gpt-4-turbo'))?.name, 'second/llama')
  })
}

test('OpenAI names pass over a first provider that has no models', async () => {
  const fetch = async (address: string) =>
    Response.json({ data: String(address).includes('first.example') ? [] : [{ id: 'llama' }] })
  const registry = openRegistry(
    { providers: [server('first', 'http://first.example/v1'), server('second', 'http://second.example/v1')] },
    { fetch: fetch as typeof globalThis.fetch },
  )
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'second/llama')
})

test('aliases come before what is listed, and the most specific pattern counts', async () => {
  const settings = {
    providers: [server('lab', nowhere)],
    aliases: {
      'gpt-4-turbo': 'lab/exact',
      'gpt-4*': 'lab/four',
      'gpt-*': 'lab/any',
      chain: 'gpt-4x',
      '*': 'lab/rest',
    },
  }
  assert.equal(await leadsTo(settings, 'gpt-4-turbo'), 'lab/exact')
  assert.equal(await leadsTo(settings, 'gpt-4o'), 'lab/four')
  assert.equal(await leadsTo(settings, 'gpt-3.5-turbo'), 'lab/any')
  assert.equal(await leadsTo(settings, 'chain'), 'lab/four')
  assert.equal(await leadsTo(settings, 'whatever'), 'lab/rest')
  assert.equal(await leadsTo({ aliases: { a: 'b', b: 'a' } }, 'a'), undefined)
  assert.equal(await leadsTo({ aliases: { 'gpt-4*': 'demo' } }, 'constructor'), undefined)
})

test('a pattern may have stars anywhere', () => {
  const aliases = { 'a*b*c': '1', '*z': '2', '*': '3' }
  assert.equal(followAlias(aliases, 'aXbYc'), '1')
  assert.equal(followAlias(aliases, 'abc'), '1')
  assert.equal(followAlias(aliases, 'az'), '2')
  assert.equal(followAlias(aliases, 'ab'), '3')
  assert.equal(followAlias({ 'ab*ba': '1' }, 'aba'), undefined)
})

test('names of a connected maker go there unchanged', async () => {
  const providers: ProviderSettings[] = [
    { name: 'openai', type: 'openai', apiKey: 'k', baseUrl: nowhere, models: {} },
    { name: 'anthropic', type: 'anthropic', apiKey: 'k', baseUrl: nowhere, models: {} },
  ]
  const registry = openRegistry({ providers })
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'openai/gpt-4-turbo')
  const claude = await registry.resolve('claude-sonnet-5')
  assert.equal(claude?.name, 'anthropic/claude-sonnet-5')
  assert.equal(claude?.contextWindow, 200_000)
  assert.equal(claude?.model.modelId, 'claude-sonnet-5')
})

test('every family makes a model of the interface', async () => {
  for (const type of [
    'openai',
    'anthropic',
    'google',
    'mistral',
    'azure',
    'ollama',
    'openai-compatible',
  ] as const) {
    const registry = openRegistry({
      providers: [{ name: 'p', type, apiKey: 'k', baseUrl: nowhere, models: {} }],
    })
    const served = await registry.resolve('p/m')
    assert.equal(served?.model.specificationVersion, 'v4')
    assert.equal(served.model.modelId, 'm')
    await registry.close()
  }
})

test('the list names what answers: silent providers are left out, exact aliases are in', async () => {
  await using upstream = await startFakeUpstream({ models: ['qwen'] })
  const lines: unknown[] = []
  const log: Log = (...line) => lines.push(line)
  const registry = openRegistry(
    {
      providers: [server('lab', `${upstream.url}/v1`), server('gone', nowhere)],
      aliases: { 'gpt-4-turbo': 'lab/qwen', 'gpt-4*': 'lab/qwen', dead: 'nobody/x' },
    },
    { log },
  )
  const listed = await registry.list()
  assert.deepEqual(
    listed.map(({ id, owned_by }) => [id, owned_by]),
    [
      ['lab/qwen', 'lab'],
      ['gpt-4-turbo', 'lab'],
    ],
  )
  assert.match(JSON.stringify(lines), /gone/)
  assert(!JSON.stringify(lines).includes('top-secret'))
  await registry.list()
  assert.equal(upstream.requests.length, 1)
  assert.equal(upstream.requests[0]?.headers.authorization, 'Bearer top-secret')
})

test('named models and their limits come from the settings', async () => {
  const limits = { contextWindow: 5000, structuredOutputs: false }
  const registry = openRegistry({ providers: [server('lab', nowhere, { big: limits })] })
  const served = await registry.resolve('big')
  assert.deepEqual([served?.name, served?.contextWindow, served?.structuredOutputs], ['lab/big', 5000, false])
})

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

/** A fetch whose answers the test changes while the registry is open. */
function changingFetch() {
  const state = { models: undefined as string[] | undefined, status: 200, asked: 0 }
  const fetch = async () => {
    state.asked++
    if (!state.models)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    return Response.json({ data: state.models.map((id) => ({ id })) }, { status: state.status })
  }
  return { state, fetch: fetch as typeof globalThis.fetch }
}

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

test('a wrong key and a wrong address are problems that do not pass', async () => {
  for (const [status, reason] of [
    [401, 'refuses the key (401)'],
    [
      404,
      'has no /models (404): is it the address of a model server? One that lists nothing serves what the config file names as its models',
    ],
  ] as const) {
    const { state, fetch } = changingFetch()
    Object.assign(state, { models: [], status })
    const registry = openRegistry({ providers: [server('lab', nowhere)] }, { fetch })
    assert.equal(await registry.resolve('qwen'), undefined)
    assert.deepEqual(registry.problems(), [{ text: `the provider 'lab' ${reason}`, reason, passing: false }])
  }
})

/** The answer of a provider to `GET /models`. */
const answers = (make: () => Response) => (async () => make()) as unknown as typeof globalThis.fetch
const html = { headers: { 'content-type': 'text/html' } }
const refusedWith = (code: string) => () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
}

for (const [what, make, reason] of [
  ['is down', refusedWith('ECONNREFUSED'), 'cannot be reached (ECONNREFUSED)'],
  ['does not take the key', () => Response.json({}, { status: 403 }), 'refuses the key (403)'],
  [
    'answers 404',
    () => new Response('', { status: 404 }),
    'has no /models (404): is it the address of a model server?',
  ],
  [
    'answers with a page',
    () => new Response('<html>Hello', html),
    'has no list of models at /models, but a web page: is it',
  ],
  [
    'answers 200 and an error',
    () => Response.json({ error: 'Unexpected endpoint' }),
    'has no list of models at',
  ],
  [
    'has an error of its own',
    () => Response.json({ error: 'oh' }, { status: 500 }),
    'gives no list of models (500 oh)',
  ],
] as const) {
  test(`a provider that ${what} is a failure for the operator, with address and reason and without secrets`, async () => {
    const secret = 'http://me:secret@lab.example:8000/v1?key=secret'
    const registry = openRegistry({ providers: [server('lab', secret)] }, { fetch: answers(make) })
    await registry.ready
    const [line] = registry.describe()
    assert.equal(line?.fails, true)
    assert.ok(line.text.startsWith(`lab: at http://lab.example:8000/v1 ${reason}`), line.text)
    assert.doesNotMatch(line.text, /secret/)
    assert.doesNotMatch(registry.problems()[0]?.text ?? '', /lab\.example/)
  })
}

for (const [address, hinted] of [
  ['http://lab.example:8000', true],
  ['http://lab.example:8000/api', true],
  ['http://lab.example:8000/v1', false],
  ['http://lab.example:8000/v1/', false],
  ['http://lab.example:8000/openai/v1beta', false],
] as const) {
  test(`where a page is at ${address} the hint is ${hinted ? '/v1' : 'not /v1, which it has'}`, async () => {
    const fetch = answers(() => new Response('<html>Hello', html))
    const registry = openRegistry({ providers: [server('lab', address)] }, { fetch })
    await registry.ready
    assert.equal(/an address usually ends in \/v1/.test(textOf(registry)), hinted, textOf(registry))
    assert.match(textOf(registry), /but a web page/)
  })
}

for (const route of ['/chat/completions', '/models', '/responses']) {
  test(`an address that ends in ${route} is told where it should end`, async () => {
    const fetch = answers(() => new Response('', { status: 404 }))
    const address = `http://lab.example:8000/v1${route}/`
    const registry = openRegistry({ providers: [server('lab', address)] }, { fetch })
    await registry.ready
    assert.ok(textOf(registry).includes(`the address of a provider ends before ${route}`), textOf(registry))
  })
}

test('a server that lists no models is a warning with what to do', async () => {
  const fetch = answers(() => Response.json({ data: [] }))
  const lab = openRegistry({ providers: [server('lab', nowhere)] }, { fetch })
  await lab.ready
  const [line] = lab.describe()
  assert.deepEqual([line?.fails, line?.warns], [false, true])
  assert.match(line?.text ?? '', /^lab: lists no models: load one there, or name it in the config file/)
})

for (const [code, hint] of [
  ['ERR_SSL_WRONG_VERSION_NUMBER', ': it speaks http, not https'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', ': its certificate is not one that Node trusts; NODE_EXTRA_CA_CERTS names'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', ': its certificate is not one that Node trusts'],
  ['UND_ERR_SOCKET', ': it hung up; does it speak http or https?'],
  ['ECONNREFUSED', ''],
] as const) {
  test(`a connection that fails with ${code} is explained to the operator where that can be done`, async () => {
    const registry = openRegistry(
      { providers: [server('lab', nowhere)] },
      { fetch: answers(refusedWith(code)) },
    )
    await registry.ready
    const { reason = '' } = registry.problems()[0] ?? {}
    assert.ok(reason.startsWith(`cannot be reached (${code})${hint}`), reason)
    assert.equal(reason.includes(':'), hint !== '')
  })
}

for (const name of ['qwen3:latest', 'qwen3', 'ollama/qwen3:latest']) {
  test(`a model of Ollama is found as ${name}, with or without the tag that Ollama takes for granted`, async () => {
    const fetch = answers(() => Response.json({ models: [{ name: 'qwen3:latest' }, { name: 'phi4:14b' }] }))
    const ollama: ProviderSettings = { name: 'ollama', type: 'ollama', baseUrl: nowhere, models: {} }
    const registry = openRegistry({ providers: [ollama] }, { fetch })
    assert.match((await registry.resolve(name))?.name ?? '', /^ollama\/qwen3/)
    assert.equal(await registry.resolve('phi4'), undefined, 'the other tag is another model')
  })
}

test('a server without a list of models works by the names that the settings give', async () => {
  const fetch = answers(() => new Response('', { status: 404 }))
  const registry = openRegistry({ providers: [server('lab', nowhere, { big: {} })] }, { fetch })
  await registry.ready
  assert.deepEqual(registry.describe()[0], { text: 'lab: big', fails: false })
})

test('a list by itself, as Together gives it, is a list', async () => {
  const fetch = answers(() => Response.json([{ id: 'meta-llama/Llama-3' }]))
  const registry = openRegistry({ providers: [server('lab', nowhere)] }, { fetch })
  await registry.ready
  assert.match(textOf(registry), /^lab: meta-llama\/Llama-3$/m)
})

test('an alias that leads to what nobody lists is a failure, and one to a listed name with a slash is none', async () => {
  const fetch = answers(() => Response.json({ data: [{ id: 'Qwen/Qwen3' }] }))
  const registry = openRegistry(
    {
      providers: [server('lab', nowhere)],
      aliases: { good: 'Qwen/Qwen3', bad: 'labb/Qwen3', 'gpt-4*': 'lab/Qwen3' },
      defaultModel: 'nobody',
    },
    { fetch },
  )
  await registry.ready
  assert.deepEqual(
    registry.describe().flatMap(({ text, fails }) => (fails ? [text] : [])),
    [
      "the alias 'bad' leads to 'labb/Qwen3', which nothing here serves",
      "default_model leads to 'nobody', which nothing here serves",
    ],
  )
})
