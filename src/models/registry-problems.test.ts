import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRegistry } from './registry.ts'
import { textOf, server, nowhere, changingFetch, answers } from '../../test/providers.ts'

const html = { headers: { 'content-type': 'text/html' } }

const refusedWith = (code: string) => () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
}

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
