import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeUpstream } from '../../../test/fake-upstream.ts'
import { oneToolCallAtATime } from '../provider-options.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { ask, hello, types } from '../../../test/openai-compatible.ts'

test('what a caller says of itself is told to a server that knows it, and to no other', async () => {
  const openai = { user: 'u', safetyIdentifier: 's', promptCacheKey: 'k', serviceTier: 'flex' }
  const known = { user: 'u', safety_identifier: 's', prompt_cache_key: 'k', service_tier: 'flex' }
  for (const callerParameters of [true, false, undefined]) {
    await using upstream = await startFakeUpstream({ reply: {} })
    const model = openaiCompatible({
      name: 'fake',
      baseUrl: `${upstream.url}/v1`,
      modelId: 'tiny',
      structuredOutputs: true,
      callerParameters,
    })
    await model.doGenerate({ ...hello, providerOptions: { openai } })
    const { body = {} } = upstream.requests[0] ?? {}
    const told = Object.fromEntries(Object.entries(body).filter(([name]) => name in known))
    assert.deepEqual(told, callerParameters ? known : {})
  }
})

test('text is streamed piece by piece and ends with the usage', async () => {
  const { parts, request } = await ask({ tokens: ['Hel', 'lo ', '✓ß'] })
  assert.deepEqual(types(parts), [
    'stream-start',
    'response-metadata',
    'text-start',
    'text-delta',
    'text-delta',
    'text-delta',
    'text-end',
    'finish',
  ])
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : [])),
    ['Hel', 'lo ', '✓ß'],
  )
  const finish = parts.at(-1)
  assert(finish?.type === 'finish')
  assert.deepEqual(finish.finishReason, { unified: 'stop', raw: 'stop' })
  assert.equal(finish.usage.inputTokens.total, 10)
  assert.equal(finish.usage.outputTokens.total, 3)
  assert.equal(request.headers.authorization, 'Bearer secret-key')
  assert.deepEqual(request.body?.stream_options, { include_usage: true })
})

test('reasoning comes before the text, in a block of its own', async () => {
  const { parts } = await ask({ reasoning: ['Hm.'], tokens: ['Yes.'] })
  assert.deepEqual(types(parts).slice(2, -1), [
    'reasoning-start',
    'reasoning-delta',
    'reasoning-end',
    'text-start',
    'text-delta',
    'text-end',
  ])
})

test('several tool calls are streamed and end as whole calls', async () => {
  const { parts } = await ask({
    toolCalls: [
      { name: 'get_weather', arguments: '{"city":"Paris"}' },
      { name: 'get_time', arguments: '' },
    ],
  })
  const calls = parts.filter((part) => part.type === 'tool-call')
  assert.deepEqual(
    calls.map(({ toolName, input }) => [toolName, input]),
    [
      ['get_weather', '{"city":"Paris"}'],
      ['get_time', '{}'],
    ],
  )
  const streamed = parts.flatMap((part) =>
    part.type === 'tool-input-delta' && part.id === calls[0]?.toolCallId ? [part.delta] : [],
  )
  assert.equal(streamed.join(''), '{"city":"Paris"}')
  const finish = parts.at(-1)
  assert(finish?.type === 'finish')
  assert.equal(finish.finishReason.unified, 'tool-calls')
})

test('a conversation with pictures, tool calls and their results is told in the words of the wire', async () => {
  const { request } = await ask(
    {},
    {
      prompt: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look:' },
            {
              type: 'file',
              mediaType: 'image/png',
              data: { type: 'data', data: Uint8Array.of(1, 2, 3) },
              providerOptions: { openai: { imageDetail: 'low' } },
            },
            {
              type: 'file',
              mediaType: 'image/*',
              data: { type: 'url', url: new URL('https://x.test/a.png') },
            },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: { a: 1 } }],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'c1',
              toolName: 'f',
              output: {
                type: 'content',
                value: [
                  { type: 'text', text: 'done' },
                  { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AQID' } },
                ],
              },
            },
          ],
        },
      ],
    },
  )
  assert.deepEqual(request.body?.messages, [
    { role: 'system', content: 'Be kind.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look:' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'done' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Pictures that the tools made:' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
      ],
    },
  ])
})

test('the settings of a run reach the provider', async () => {
  const { request } = await ask(
    {},
    {
      ...hello,
      temperature: 0.2,
      topP: 0.9,
      maxOutputTokens: 50,
      reasoning: 'low',
      tools: [{ type: 'function', name: 'f', inputSchema: { type: 'object' }, strict: true }],
      toolChoice: { type: 'tool', toolName: 'f' },
      providerOptions: oneToolCallAtATime,
      responseFormat: { type: 'json', name: 'shape', schema: { type: 'object' } },
    },
  )
  const { messages: _, ...body } = request.body!
  assert.deepEqual(body, {
    model: 'tiny',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 50,
    temperature: 0.2,
    top_p: 0.9,
    reasoning_effort: 'low',
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'shape', schema: { type: 'object' }, strict: true },
    },
  })
})
