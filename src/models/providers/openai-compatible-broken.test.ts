import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { startFakeUpstream } from '../../../test/fake-upstream.ts'
import { modelError } from '../model-error.ts'
import { ask, at, hello, types } from '../../../test/openai-compatible.ts'

test('a refused call is an error that says when to come back and holds no key', async () => {
  const call = ask({ status: 429, error: { message: 'Slow down' }, headers: { 'retry-after': '2' } })
  await assert.rejects(call, (error: unknown) => {
    assert(APICallError.isInstance(error))
    assert.deepEqual(modelError(error), {
      code: 'rate_limit_exceeded',
      message: 'Slow down',
      retryable: true,
      retryAfterMs: 2000,
    })
    assert(!JSON.stringify(error).includes('secret-key'))
    return true
  })
})

test('a provider that nobody runs is worth another try', async () => {
  const { port } = await startFakeUpstream().then(async (upstream) => (await upstream.close(), upstream))
  const call = at(`http://127.0.0.1:${port}/v1`).doStream(hello)
  await assert.rejects(
    async () => call,
    (error) => modelError(error).retryable && modelError(error).code === 'server_error',
  )
})

test('a connection that breaks keeps what was said and ends with an error worth another try', async () => {
  const { parts } = await ask({ tokens: ['one ', 'two ', 'three'], cutAfter: 2 })
  assert.equal(parts.filter((part) => part.type === 'text-delta').length, 2)
  const last = parts.at(-1)
  assert(last?.type === 'error')
  assert.equal(modelError(last.error).retryable, true)
})

test('an abort ends the stream at once and hangs up on the provider', async () => {
  await using upstream = await startFakeUpstream({ reply: { tokens: 1000, tokenMs: 5 } })
  const abort = new AbortController()
  const { stream } = await at(`${upstream.url}/v1`).doStream({ ...hello, abortSignal: abort.signal })
  await assert.rejects(async () => {
    for await (const part of stream) if (part.type === 'text-delta') abort.abort(new Error('enough'))
  }, /enough/)
  while (upstream.aborted === 0) await new Promise((resolve) => setTimeout(resolve, 5))
})

test('a reader that leaves hangs up on the provider', async () => {
  await using upstream = await startFakeUpstream({ reply: { tokens: 1000, tokenMs: 5 } })
  const { stream } = await at(`${upstream.url}/v1`).doStream(hello)
  for await (const part of stream) if (part.type === 'text-delta') break
  while (upstream.aborted === 0) await new Promise((resolve) => setTimeout(resolve, 5))
})

/** A server that sends broken answers, given as bytes. */
async function askRaw(type: string, first: string | Buffer, rest: string | Buffer) {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': type })
    response.write(first)
    setTimeout(() => response.end(rest), 10)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const parts: LanguageModelV4StreamPart[] = []
    for await (const part of (await at(`http://127.0.0.1:${port}`).doStream(hello)).stream) parts.push(part)
    return parts
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

for (const type of ['application/json', 'text/event-stream']) {
  test(`an answer that ignores streaming is read all the same, as is one that calls itself ${type}`, async () => {
    const answers = [
      ['\n{"choices":[{"message":{"content":"Hi"},', '\n"finish_reason":"stop"}]}'],
      ['data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n', 'data: [DONE]\n\n'],
    ] as const
    for (const [first, rest] of answers) {
      const parts = await askRaw(type, first, rest)
      assert.deepEqual(types(parts), ['stream-start', 'text-start', 'text-delta', 'text-end', 'finish'])
    }
  })
}

test('an error inside a stream keeps its status', async () => {
  const parts = await askRaw(
    'text/event-stream',
    ': hello\r\n\r\ndata:{"error":{"message":"busy","code":503}}\r\n\r\n',
    '',
  )
  const last = parts.at(-1)
  assert(last?.type === 'error' && APICallError.isInstance(last.error))
  assert.equal(last.error.statusCode, 503)
  assert.equal(last.error.message, 'busy')
})

test('an event cut in the middle of a character is put together again', async () => {
  const event = Buffer.from(
    'data: {"choices":[{"delta":{"content":"é"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  )
  const cut = event.indexOf(0xa9)
  const parts = await askRaw('text/event-stream', event.subarray(0, cut), event.subarray(cut))
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : [])),
    ['é'],
  )
})

test('tool calls without an index, and names after arguments, are understood', async () => {
  const chunk = (call: object) =>
    `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] })}\n\n`
  const parts = await askRaw(
    'text/event-stream',
    chunk({ id: 'a', function: { name: 'f', arguments: '{"x":1}' } }) +
      chunk({ id: 'b', function: { name: 'g', arguments: '{' } }) +
      chunk({ function: { arguments: '}' } }) +
      chunk({ index: 7, id: 'c', function: { arguments: '{"y"' } }) +
      chunk({ index: 7, function: { name: 'h', arguments: ':2}' } }),
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  )
  assert.deepEqual(
    parts.flatMap((part) =>
      part.type === 'tool-call' ? [[part.toolCallId, part.toolName, part.input]] : [],
    ),
    [
      ['a', 'f', '{"x":1}'],
      ['b', 'g', '{}'],
      ['c', 'h', '{"y":2}'],
    ],
  )
  const finish = parts.at(-1)
  assert(finish?.type === 'finish' && finish.finishReason.unified === 'tool-calls')
})

test('rubbish in place of an event is an error', async () => {
  const parts = await askRaw('text/event-stream', 'data: <html>\n\n', '')
  assert.equal(parts.at(-1)?.type, 'error')
})

for (const delta of [
  { tool_calls: [null] },
  { tool_calls: { index: 0 } },
  { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: 7 } }] },
  { content: { type: 'text', text: 'Hi' } },
  { reasoning: { text: 'Hm' } },
]) {
  test(`an event that is shaped as nobody's ends the answer and not the server: ${JSON.stringify(delta)}`, async () => {
    const event = `data: ${JSON.stringify({ choices: [{ delta, finish_reason: 'stop' }] })}\n\n`
    const parts = await askRaw('text/event-stream', event, 'data: [DONE]\n\n')
    const last = parts.at(-1)
    assert(last?.type === 'error')
    assert.equal(modelError(last.error).code, 'server_error')
    assert.deepEqual(types(parts), ['stream-start', 'error'])
  })
}

test('arguments that come as an object instead of its text, and numbers that are none, are understood', async () => {
  const call = { index: 0, id: 'a', function: { name: 'f', arguments: { city: 'Paris' } } }
  const event = {
    choices: [{ delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: '7', completion_tokens: 3 },
  }
  const parts = await askRaw('text/event-stream', `data: ${JSON.stringify(event)}\n\n`, 'data: [DONE]\n\n')
  const called = parts.find((part) => part.type === 'tool-call')
  assert.equal(called?.input, '{"city":"Paris"}')
  const finish = parts.at(-1)
  assert(finish?.type === 'finish')
  assert.equal(finish.usage.inputTokens.total, undefined)
  assert.equal(finish.usage.outputTokens.total, 3)
})
