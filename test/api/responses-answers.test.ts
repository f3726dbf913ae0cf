import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'
import { querySql, until } from '../runs.ts'

test('an answer that is cut off is incomplete, with the reason', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', finishReason: 'length' as const }))
  const events = await s.stream({ input: 'Hi', max_output_tokens: 16 })
  assert.deepEqual(shortOrder(events).slice(-4), [
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'incomplete',
  ])
  const { response } = events.at(-1)?.data
  assert.deepEqual(
    [response.status, response.incomplete_details, response.completed_at, response.output[0].status],
    ['incomplete', { reason: 'max_output_tokens' }, null, 'incomplete'],
  )
  assert.equal(events.at(-2)?.data.item.status, 'incomplete')
  assert.ok(response.usage.output_tokens > 0)
})

test('a failure of the provider ends the response with its error', async () => {
  const error = { status: 400, message: 'No such thing.', code: 'bad' }
  await using s = await createResponsesFixture(() => ({ error }))
  const events = await s.stream({ input: 'Hi' })
  assert.deepEqual(shortOrder(events), ['created', 'in_progress', 'error', 'failed'])
  assertNumbered(events)
  const [told, failed] = events.slice(-2).map(({ data }) => data)
  assert.deepEqual(Object.keys(told.error), ['type', 'code', 'message', 'param'])
  assert.match(told.error.message, /No such thing/)
  assert.deepEqual(failed.response.error, { code: told.error.code, message: told.error.message })
  assert.deepEqual(
    [failed.response.status, failed.response.usage, failed.response.output],
    ['failed', null, []],
  )
  const response = await s.responses.create({ model: 'm', input: 'Hi' })
  assert.deepEqual([response.status, response.error?.message], ['failed', told.error.message])
})

test('a refusal is a part of its own', async () => {
  await using s = await createResponsesFixture({
    specificationVersion: 'v4',
    provider: 'refusing',
    modelId: 'm',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('not asked')),
    doStream: async () => ({
      stream: ReadableStream.from([
        { type: 'stream-start' as const, warnings: [] },
        { type: 'text-start' as const, id: 'r', providerMetadata: { threadmill: { refusal: true } } },
        { type: 'text-delta' as const, id: 'r', delta: "I can't " },
        { type: 'text-delta' as const, id: 'r', delta: 'do that.' },
        { type: 'text-end' as const, id: 'r' },
        {
          type: 'finish' as const,
          finishReason: { unified: 'stop' as const, raw: 'stop' },
          usage: {
            inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 1, text: 1, reasoning: 0 },
          },
        },
      ]),
    }),
  })
  const events = await s.stream({ input: 'Hi' })
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(message)',
    'content_part.added',
    'refusal.delta',
    'refusal.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ])
  const { response } = events.at(-1)?.data
  assert.deepEqual(response.output[0].content, [{ type: 'refusal', refusal: "I can't do that." }])
})

test('a reader who leaves a response in the foreground ends it', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  for (const stream of [true, false]) {
    const leave = new AbortController()
    const asking = fetch(`${s.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${s.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', input: 'Hi', stream }),
      signal: leave.signal,
    }).catch(() => undefined)
    const running = await until(async () => {
      const [run] = await querySql<{ id: string }>(s, "select id from runs where status = 'in_progress'")
      return run && (await querySql(s, 'select 1 from items where part = ?', 'output')).length > 0 && run
    })
    leave.abort()
    await asking
    const over = await until(async () => {
      const found = await s.responses.retrieve(running.id)
      return found.status === 'cancelled' && found
    })
    assert.deepEqual([over.output, over.usage], [[], null])
    await s.responses.delete(running.id)
  }
})

test('an answer follows the schema that was asked for', async () => {
  await using s = await createResponsesFixture(() => ({ text: '{"city":"Rome"}' }))
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }
  const format = { type: 'json_schema' as const, name: 'place', schema }
  const parsed = await s.responses.parse({ model: 'm', input: 'Where?', text: { format } })
  assert.deepEqual(parsed.output_parsed, { city: 'Rome' })
  assert.deepEqual(parsed.text, {
    format: { type: 'json_schema', description: null, name: 'place', schema, strict: true },
    verbosity: 'medium',
  })
  assert.equal(s.model.calls[0]?.responseFormat?.type, 'json')
})

test('with truncation the oldest turns are left out, and calls stay with their results', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Yes.' }))
  const long = 'word '.repeat(60_000)
  const input = [
    { role: 'user' as const, content: 'The first' },
    { type: 'function_call' as const, call_id: 'call_1', name: 'get_weather', arguments: '{}' },
    { type: 'function_call_output' as const, call_id: 'call_1', output: long },
    { role: 'user' as const, content: long },
    { role: 'assistant' as const, content: 'Well.' },
    { role: 'user' as const, content: 'The last' },
  ]
  await s.responses.create({ model: 'm', input, truncation: 'auto' })
  const prompt = asked(s.model.calls.at(-1))
  assert.deepEqual(prompt.at(-1), ['user', 'The last'])
  assert.ok(prompt.length < 6 && !prompt.some(([, text]) => text === 'The first'))
  assert.ok(!prompt.some(([role]) => role === 'tool') || prompt.some(([, text]) => text === 'get_weather'))
})
