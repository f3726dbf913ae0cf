import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, hello, ofType } from '../../../test/ask-responses.ts'
import type { FakeResponse } from '../../../test/fake-responses.ts'
import { citationsIn } from '../citations.ts'
import { hostedToolsOf } from '../hosted-tools.ts'
import { modelError } from '../model-error.ts'
import { isRefusal } from '../refusal-mark.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'

const { hostedTool } = hostedToolsOf(openaiHostedTools)
const search = hostedTool('web_search', {})

test('a search comes as a call that the provider has run, with its sources and the places of citations', async () => {
  const citation = { url: 'https://a.de/1', title: 'A', start: 0, end: 4 }
  const action = {
    type: 'search',
    query: 'q',
    queries: ['q'],
    sources: [{ type: 'url', url: 'https://a.de/1' }],
  }
  const { parts } = await ask(
    {
      items: [
        { search: action },
        { search: { type: 'open_page', url: 'https://a.de/1' } },
        { text: 'It is so.', citations: [citation] },
      ],
    },
    { ...hello, tools: [search] },
  )
  const [call] = ofType(parts, 'tool-call')
  assert.equal(call?.toolName, 'web_search')
  assert.equal(call.providerExecuted, true)
  const results = ofType(parts, 'tool-result')
  assert.deepEqual(results[0]?.result, {
    action: { type: 'search', query: 'q', queries: ['q'] },
    sources: action.sources,
  })
  assert.deepEqual(results[1]?.result, { action: { type: 'openPage', url: 'https://a.de/1' } })
  assert.equal(results[0].toolCallId, call.toolCallId)
  assert.deepEqual(
    ofType(parts, 'source').map((source) => source.sourceType === 'url' && source.url),
    ['https://a.de/1'],
  )
  assert.deepEqual(ofType(parts, 'text-end')[0]?.providerMetadata?.['openai']?.['annotations'], [
    { type: 'url_citation', start_index: 0, end_index: 4, url: 'https://a.de/1', title: 'A' },
  ])
  assert.equal(ofType(parts, 'raw').length, 0)
})

test('a picture comes with what is told of it, and earlier states of it before', async () => {
  const told = { revised_prompt: 'A red cat', output_format: 'webp' }
  const { parts } = await ask(
    { items: [{ picture: 'UklGRfull', partial: ['UklGRhalf'], told }] },
    { ...hello, tools: [hostedTool('image_generation', { partialImages: 1 })] },
  )
  const [half, full] = ofType(parts, 'tool-result')
  const made = {
    background: 'opaque',
    outputFormat: 'webp',
    quality: 'low',
    size: '1024x1024',
    revisedPrompt: 'A red cat',
  }
  assert.equal(half?.preliminary, true)
  assert.deepEqual(half.result, { result: 'UklGRhalf', ...made })
  assert.equal(full?.preliminary, undefined)
  assert.deepEqual(full?.result, { result: 'UklGRfull', ...made })
})

test('citations count from the beginning of a message, whichever part of it they are in', async () => {
  const url = 'https://a.de/1'
  const citation = { url, title: 'A', start: 0, end: 3 }
  const parts = ['😀 One. ', 'Two.'].map((text) => ({ text, citations: [citation] }))
  const { parts: given } = await ask({ items: [{ textParts: parts }] })
  assert.deepEqual(
    citationsIn(ofType(given, 'text-end')[0] as never).map(({ start, end }) => [start, end]),
    [
      [0, 3],
      [7, 10],
    ],
  )
})

test('what comes of a call that was not announced is announced before', async () => {
  const { parts } = await ask(
    { items: [{ search: { type: 'search', query: 'q' }, isSudden: true }] },
    { ...hello, tools: [search] },
  )
  const order = parts.flatMap((part) =>
    part.type === 'tool-call' || part.type === 'tool-result' ? [[part.type, part.toolCallId]] : [],
  )
  assert.equal(order.length, 2)
  assert.deepEqual(
    order.map(([type]) => type),
    ['tool-call', 'tool-result'],
  )
  assert.equal(order[0]?.[1], order[1]?.[1])
})

test('a picture that was not made, and a search that nobody knows, do not end the answer', async () => {
  const items = [
    { picture: null },
    { search: { type: 'dance', sources: [{ type: 'song' }] } },
    { text: 'Sorry.' },
  ]
  const tools = [search, hostedTool('image_generation', {})]
  const { parts } = await ask({ items }, { ...hello, tools })
  assert.deepEqual(
    ofType(parts, 'tool-result').map(({ toolName, isError }) => [toolName, isError]),
    [
      ['image_generation', true],
      ['web_search', false],
    ],
  )
  assert.equal(ofType(parts, 'error').length, 0)
  const [finish] = ofType(parts, 'finish')
  assert.equal(finish?.finishReason.unified, 'stop')
  assert.equal(finish.usage.outputTokens.total, 10)
  const cut = await ask({ items, incomplete: 'max_output_tokens' }, { ...hello, tools })
  assert.equal(ofType(cut.parts, 'finish')[0]?.finishReason.unified, 'length')
})

test('a computer is called like a function of the caller', async () => {
  const actions = [{ type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: 9 }, { type: 'screenshot' }]
  const checks = [{ id: 'sc_1', code: 'malicious', message: 'Look out' }]
  const { parts, body } = await ask(
    { items: [{ actions, checks }] },
    { ...hello, tools: [hostedTool('computer', {})] },
  )
  assert.deepEqual(body?.tools, [{ type: 'computer' }])
  const [call] = ofType(parts, 'tool-call')
  assert.equal(call?.providerExecuted, undefined)
  assert.deepEqual(JSON.parse(call?.input ?? ''), {
    actions: [{ type: 'scroll', x: 1, y: 2, scrollX: 0, scrollY: 9 }, { type: 'screenshot' }],
    pendingSafetyChecks: checks,
    status: 'completed',
  })
  assert.equal(ofType(parts, 'finish')[0]?.finishReason.unified, 'tool-calls')
})

test('a refusal is marked, and is no end by a filter', async () => {
  const { parts } = await ask({ items: [{ refusal: ['I will ', 'not.'] }] })
  const [start] = ofType(parts, 'text-start').filter(isRefusal)
  assert.ok(start)
  const said = ofType(parts, 'text-delta').filter(({ id }) => id === start.id)
  assert.equal(said.map(({ delta }) => delta).join(''), 'I will not.')
  assert.deepEqual(ofType(parts, 'finish')[0]?.finishReason, { unified: 'stop', raw: 'stop' })
})

const failures: [name: string, reply: FakeResponse, expected: object][] = [
  [
    'a rate limit',
    { status: 429, error: { message: 'Slow down', type: 'rate_limit' }, headers: { 'retry-after': '2' } },
    { code: 'rate_limit_exceeded', message: 'Slow down', retryable: true, retryAfterMs: 2000 },
  ],
  [
    'a prompt that is too long',
    {
      status: 400,
      error: {
        message: 'This model has a maximum context length of 1000 tokens.',
        code: 'context_length_exceeded',
      },
    },
    { code: 'context_length_exceeded', retryable: false, contextWindow: 1000 },
  ],
  [
    'a prompt that is found too long after the beginning',
    {
      items: [],
      failed: {
        code: 'context_length_exceeded',
        message: 'Your input exceeds the context window of this model.',
      },
    },
    { code: 'context_length_exceeded', retryable: false },
  ],
  [
    'a tool that the model does not have',
    {
      status: 400,
      error: { message: "Hosted tool 'computer' is not supported with gpt-4.1.", param: 'tools' },
    },
    {
      code: 'invalid_prompt',
      message: "Hosted tool 'computer' is not supported with gpt-4.1.",
      retryable: false,
    },
  ],
  [
    'a failure in the middle',
    { items: [{ search: { type: 'search' } }], failed: { code: 'server_error', message: 'It broke.' } },
    { code: 'server_error', message: 'It broke.', retryable: true },
  ],
  [
    'an event of an error in the middle',
    {
      items: [{ text: 'Half' }],
      streamError: { type: 'too_many_requests', code: 'rate_limit_exceeded', message: 'Later.' },
    },
    { code: 'rate_limit_exceeded', message: 'Later.', retryable: true },
  ],
]

for (const [name, reply, expected] of failures) {
  test(`${name} is read as a failure that says what it is`, async () => {
    const error = await ask(reply).then(
      ({ parts }) => ofType(parts, 'error')[0]?.error,
      (thrown: unknown) => thrown,
    )
    assert.partialDeepStrictEqual(modelError(error, 'the model'), expected)
  })
}

test('a stream that breaks off, and one that is no such stream, are no answers', async () => {
  const broken = await ask({ items: [{ text: 'One two three' }], cutAfter: 6 }).catch(
    (error: unknown) => error,
  )
  assert.equal(modelError(broken).retryable, true)
  const strange = await ask({ items: [{ actions: [{ type: 'secret text' }] }] })
  const [error] = ofType(strange.parts, 'error')
  assert.doesNotMatch(modelError(error?.error).message, /secret text/)
})
