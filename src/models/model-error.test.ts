import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APICallError } from '@ai-sdk/provider'
import { BrokenAnswer } from './broken-answer.ts'
import { modelError } from './model-error.ts'

const call = (
  statusCode: number | undefined,
  message: string,
  more: { headers?: Record<string, string>; body?: string } = {},
) =>
  new APICallError({
    message,
    url: 'https://provider.test',
    requestBodyValues: {},
    ...(statusCode !== undefined && { statusCode }),
    ...(more.headers && { responseHeaders: more.headers }),
    ...(more.body && { responseBody: more.body }),
  })

test('a rate limit is worth waiting for, an empty account is not', () => {
  assert.equal(
    modelError(call(429, 'Rate limit reached', { headers: { 'retry-after-ms': '150' } })).retryAfterMs,
    150,
  )
  assert.deepEqual(
    modelError(call(429, 'You exceeded your current quota', { headers: { 'retry-after': '9' } })),
    {
      code: 'rate_limit_exceeded',
      message: 'You exceeded your current quota',
      retryable: false,
    },
  )
  assert.equal(
    modelError(call(429, 'no', { body: '{"error":{"code":"insufficient_quota"}}' })).retryable,
    false,
  )
})

test('a broken provider is worth another try', () => {
  for (const status of [500, 502, 503, 504, 529, 408]) {
    const { code, retryable } = modelError(call(status, 'x'))
    assert.deepEqual([code, retryable], ['server_error', true])
  }
})

test('a connection that failed is worth another try, in every form that it takes', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  for (const error of [
    refused,
    new TypeError('fetch failed', { cause: refused }),
    Object.assign(new Error('x'), { name: 'TimeoutError' }),
    new TypeError('terminated'),
  ]) {
    assert.deepEqual([modelError(error).code, modelError(error).retryable], ['server_error', true])
  }
})

test('a refused key is not shown and not tried again', () => {
  const error = modelError(call(401, 'Incorrect API key provided: sk-abcdefghijklmnop'), 'openai')
  assert.equal(error.retryable, false)
  assert.match(error.message, /^Openai refused the server's key/)
  assert(!modelError(call(500, 'bad key sk-abcdefghijklmnop')).message.includes('abcdef'))
})

test('a prompt that is too long is said to be so', () => {
  const error = modelError(call(400, "This model's maximum context length is 8192 tokens."))
  assert.equal(error.code, 'context_length_exceeded')
  assert.match(error.message, /context window/)
})

test('what a provider refuses of a prompt is not asked again, also where it calls that a fault of its own', () => {
  for (const [said, shown] of [
    [
      'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj',
      /^image/,
    ],
    ['failed to process inputs: this model is missing data required for image input', /^failed to process/],
    ['audio input is not supported', /^audio/],
    ['tools param requires --jinja flag', /^tools param/],
    [
      'The number of tokens to keep from the initial prompt is greater than the context length.',
      /^The prompt does not fit the model's context window: The number/,
    ],
    ['the request exceeds the available context size, try increasing it', /^The prompt does not fit/],
    ['prompt is too long for the context window', /^The prompt does not fit/],
  ] as const) {
    for (const error of [call(500, said), { type: 'server_error', message: said }, { message: said }]) {
      const { code, retryable, message } = modelError(error)
      const isLong = message.startsWith('The prompt does not fit')
      const expected = isLong ? 'context_length_exceeded' : 'invalid_prompt'
      assert.deepEqual([code, retryable], [expected, false], said)
      assert.match(message, shown)
    }
  }
  assert.match(
    modelError(call(400, 'request exceeds the available context size')).message,
    /^The prompt does not/,
  )
})

test('how much the model reads is taken from what its provider says of a prompt that is too long', () => {
  const llamaCpp = 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it'
  for (const [said, tokens] of [
    [llamaCpp, 4096],
    ["This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", 8192],
    [
      'the model is loaded with context length of only 2048 tokens, which is not enough: too many tokens',
      2048,
    ],
    ['input length 9000 exceeds the context length', undefined],
    ['prompt is too long: 210000 tokens > 200000 maximum', undefined],
  ] as const) {
    assert.equal(modelError(call(400, said)).contextWindow, tokens, said)
  }
  const message = 'the request exceeds the available context size, try increasing it'
  const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: 5000, n_ctx: 4096 }
  assert.equal(modelError(error).contextWindow, 4096)
  assert.equal(modelError(call(400, message, { body: JSON.stringify({ error }) })).contextWindow, 4096)
})

test('a fault that only sounds like a refusal is asked again', () => {
  for (const said of [
    'The request took too long.',
    'context canceled',
    'support has been told',
    'CUDA error',
  ]) {
    assert.equal(modelError(call(500, said)).retryable, true, said)
  }
})

test('a provider that has moved is not asked again, and its address is not for clients', () => {
  const headers = { location: 'https://lab.example/v1/chat/completions' }
  assert.deepEqual(modelError(call(301, 'x', { headers }), 'lab/m'), {
    code: 'server_error',
    message: 'Lab/m answered with a redirect (301): its base_url has to be where that leads.',
    retryable: false,
  })
})

test('errors that providers send as plain objects are read', () => {
  assert.equal(modelError({ type: 'overloaded_error', message: 'Overloaded' }).retryable, true)
  assert.equal(modelError({ type: 'rate_limit_error', message: 'x' }).code, 'rate_limit_exceeded')
  for (const odd of [undefined, null, 'text', 7]) assert.equal(modelError(odd).code, 'server_error')
})

test('retry-after may be a date', () => {
  const headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }
  const { retryAfterMs } = modelError(call(503, 'x', { headers }))
  assert(retryAfterMs !== undefined && retryAfterMs > 50_000 && retryAfterMs <= 60_000)
})

test('an answer that broke after a good beginning is worth another try, and names its provider', () => {
  const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })
  for (const cause of [
    undefined,
    new TypeError('terminated', { cause: reset }),
    new TypeError('terminated: an endless line'),
    new Error('something else'),
  ]) {
    const message = 'Failed to process successful response'
    const error = new APICallError({ message, url: '', requestBodyValues: {}, statusCode: 200, cause })
    const { code, retryable, message: said, unreachable } = modelError(error, 'lab/m')
    assert.deepEqual([code, retryable, unreachable], ['server_error', true, undefined])
    assert.match(said, /^The connection to lab\/m failed/)
  }
})

test('the error that an answer broke with counts, and not the status of its beginning', () => {
  const wrap = (cause: unknown) =>
    new APICallError({ message: 'x', url: '', requestBodyValues: {}, statusCode: 200, cause })
  assert.equal(modelError(wrap(call(400, 'no'))).retryable, false)
  assert.equal(modelError(wrap(new BrokenAnswer('sent nothing', { silent: true }))).silent, true)
})

test('a provider that has not got the question is told from one that may have', () => {
  const of = (code: string, syscall: string) =>
    new Error('x', { cause: Object.assign(new Error(), { code, syscall }) })
  for (const [code, syscall] of [
    ['ECONNREFUSED', 'connect'],
    ['ENOTFOUND', 'getaddrinfo'],
    ['EAI_AGAIN', 'getaddrinfo'],
    ['EHOSTUNREACH', 'connect'],
  ] as const) {
    const { unreachable, message } = modelError(
      new TypeError('fetch failed', { cause: of(code, syscall) }),
      'lab',
    )
    assert.deepEqual([unreachable, message], [true, `The connection to lab failed: ${code}`])
  }
  for (const code of ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']) {
    const { unreachable, silent } = modelError(of(code, 'connect'))
    assert.deepEqual([unreachable, silent], [undefined, true])
  }
  assert.equal(modelError(of('ETIMEDOUT', 'read')).unreachable, undefined)
  assert.equal(modelError(of('ECONNRESET', 'read')).unreachable, undefined)
  assert.equal(modelError(call(503, 'Loading model')).unreachable, true)
  assert.equal(modelError(call(503, 'overloaded')).unreachable, undefined)
})
