import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { FakeResponse } from '../../../test/fake-responses.ts'
import { responsesAsked, startFakeUpstream } from '../../../test/fake-upstream.ts'
import { callerOptions } from '../caller-options.ts'
import { modelError } from '../model-error.ts'
import { joinOptions, oneToolCallAtATime } from '../provider-options.ts'
import { isRefusal } from '../refusal-mark.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'
import { openaiResponses, type OpenAIResponsesOptions } from './openai-responses.ts'
import { hostedToolsOf } from '../hosted-tools.ts'

const { hostedTool } = hostedToolsOf(openaiHostedTools)
const search = hostedTool('web_search', {})

const hello: LanguageModelV4CallOptions = {
  prompt: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
  ],
}

async function ask(
  respond: FakeResponse,
  call: LanguageModelV4CallOptions = hello,
  options: Partial<OpenAIResponsesOptions> = {},
) {
  await using upstream = await startFakeUpstream({ respond })
  const model = await at(`${upstream.url}/v1`, options)
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of (await model.doStream(call)).stream) parts.push(part)
  const [body] = responsesAsked(upstream)
  return { parts, body, request: upstream.requests[0] }
}

const at = (baseUrl: string, options: Partial<OpenAIResponsesOptions> = {}) =>
  openaiResponses({
    name: 'fake',
    baseUrl,
    modelId: 'gpt-5',
    headers: { 'api-key': 'secret-key' },
    callerParameters: true,
    fetch,
    ...options,
  })

const ofType = <Type extends LanguageModelV4StreamPart['type']>(
  parts: LanguageModelV4StreamPart[],
  type: Type,
) => parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: Type }> => part.type === type)

test('nothing is kept at the provider, and reasoning comes encrypted', async () => {
  const { body, request, parts } = await ask({ items: [{ reasoning: [] }, { text: 'Hi there' }] })
  assert.equal(body?.['store'], false)
  assert.deepEqual(body['include'], ['reasoning.encrypted_content'])
  assert.equal(body['stream'], true)
  assert.equal(body['reasoning'], undefined)
  assert.deepEqual(request?.headers['api-key'], 'secret-key')
  assert.equal(request.headers.authorization, undefined)
  assert.deepEqual(
    ofType(parts, 'text-delta').map(({ delta }) => delta),
    ['Hi ', 'there'],
  )
  const [end] = ofType(parts, 'reasoning-end')
  assert.equal(end?.providerMetadata?.['openai']?.['reasoningEncryptedContent'], 'gAAA-encrypted')
  const [finish] = ofType(parts, 'finish')
  assert.equal(finish?.usage.inputTokens.cacheRead, 4)
  assert.deepEqual(finish.usage.outputTokens, { total: 10, text: 7, reasoning: 3 })
})

test('what a run may ask for is asked of the Responses API', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } } as const
  const { body } = await ask(
    {},
    {
      ...hello,
      maxOutputTokens: 3,
      temperature: 0.2,
      topP: 0.5,
      tools: [search, { type: 'function', name: 'f', inputSchema: { type: 'object' }, strict: true }],
      toolChoice: { type: 'tool', toolName: 'web_search' },
      responseFormat: { type: 'json', name: 'n', schema },
      providerOptions: joinOptions([
        oneToolCallAtATime,
        callerOptions({ user: 'u', safetyIdentifier: 's', promptCacheKey: 'k', serviceTier: 'priority' }),
        { openai: { strictJsonSchema: false, reasoningSummary: 'auto' } },
      ]),
    },
    { modelId: 'gpt-4.1' },
  )
  assert.ok(body)
  const { tools, text, ...rest } = body
  assert.deepEqual(
    tools?.map(({ type }) => type),
    ['web_search', 'function'],
  )
  assert.equal(tools[1]?.['strict'], true)
  assert.deepEqual(Object(text).format.strict, false)
  assert.deepEqual(Object(text).format.schema, schema)
  const expected = {
    max_output_tokens: 16,
    temperature: 0.2,
    top_p: 0.5,
    tool_choice: { type: 'web_search' },
    parallel_tool_calls: false,
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    service_tier: 'priority',
    include: ['web_search_call.action.sources'],
  }
  const asked = Object.fromEntries(
    Object.keys(expected).map((name) => [name, (rest as Record<string, unknown>)[name]]),
  )
  assert.deepEqual(asked, expected)
})

test('a model that reasons is asked for its effort, and for a summary where one is wanted', async () => {
  const effort = { ...hello, reasoning: 'low' as const }
  const plain = await ask({}, effort)
  assert.deepEqual(plain.body?.['reasoning'], { effort: 'low' })
  const summed = await ask({}, { ...effort, providerOptions: { openai: { reasoningSummary: 'concise' } } })
  assert.deepEqual(summed.body?.['reasoning'], { effort: 'low', summary: 'concise' })
  // Of a name that is not OpenAI's it is not known whether the model reasons. The caller knows.
  const local = await ask({}, effort, { modelId: 'gpt-oss-20b' })
  assert.deepEqual(local.body?.['reasoning'], { effort: 'low' })
  assert.equal(local.body['input'][0]?.['role'], 'system')
})

test('a server that is not to be told of callers is not', async () => {
  const providerOptions = callerOptions({ user: 'u', promptCacheKey: 'k', serviceTier: 'flex' })
  const options = joinOptions([providerOptions, { openai: { maxToolCalls: 2 } }])
  const { body } = await ask({}, { ...hello, providerOptions: options }, { callerParameters: false })
  assert.equal(body?.['max_tool_calls'], 2)
  for (const name of ['user', 'prompt_cache_key', 'service_tier']) assert.equal(body?.[name], undefined)
})

test('an address keeps its query', async () => {
  await using upstream = await startFakeUpstream({ respond: {} })
  const model = await at(`${upstream.url}/openai/v1?api-version=preview`)
  await model.doGenerate(hello)
  assert.equal(upstream.requests[0]?.path, '/openai/v1/responses?api-version=preview')
})

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

test('what was said and called before is sent as it was, and no item is named that the provider has not kept', async () => {
  const openai = (fields: Record<string, string>) => ({ providerOptions: { openai: fields } })
  const call = { toolCallId: 'call_1', toolName: 'f' }
  const { body } = await ask(
    {},
    {
      tools: [search],
      prompt: [
        { role: 'user', content: [{ type: 'text', text: 'Look' }] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Of another model.' },
            {
              type: 'reasoning',
              text: 'Own.',
              ...openai({ itemId: 'rs_1', reasoningEncryptedContent: 'gAAA' }),
            },
            { type: 'text', text: 'There.', ...openai({ itemId: 'msg_1' }) },
            { type: 'tool-call', ...call, input: { a: 1 }, ...openai({ itemId: 'fc_1' }) },
          ],
        },
        { role: 'tool', content: [{ type: 'tool-result', ...call, output: { type: 'text', value: 'one' } }] },
      ],
    },
  )
  assert.deepEqual(body?.input, [
    { role: 'user', content: [{ type: 'input_text', text: 'Look' }] },
    {
      type: 'reasoning',
      id: 'rs_1',
      encrypted_content: 'gAAA',
      summary: [{ type: 'summary_text', text: 'Own.' }],
    },
    { role: 'assistant', content: 'There.' },
    { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":1}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'one' },
  ])
})

test('a screenshot answers the call of a computer that is offered', async () => {
  const { body } = await ask(
    {},
    {
      tools: [hostedTool('computer', {})],
      prompt: [
        {
          role: 'assistant',
          content: [
            {
              type: 'tool-call',
              toolCallId: 'call_1',
              toolName: 'computer',
              input: { actions: [{ type: 'screenshot' }], pendingSafetyChecks: [], status: 'completed' },
              providerOptions: { openai: { itemId: 'cu_1' } },
            },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'call_1',
              toolName: 'computer',
              output: {
                type: 'json',
                value: { output: { type: 'computer_screenshot', imageUrl: 'https://a.de/x.png' } },
              },
            },
          ],
        },
      ],
    },
  )
  assert.deepEqual(body?.input, [
    {
      type: 'computer_call',
      call_id: 'call_1',
      id: 'cu_1',
      status: 'completed',
      actions: [{ type: 'screenshot' }],
      pending_safety_checks: [],
    },
    {
      type: 'computer_call_output',
      call_id: 'call_1',
      output: { type: 'computer_screenshot', image_url: 'https://a.de/x.png' },
    },
  ])
})

test('reasoning that the provider cannot read is left out in a second try', async () => {
  await using upstream = await startFakeUpstream({
    respond: (_request, index) =>
      index === 0
        ? { status: 400, error: { code: 'invalid_encrypted_content', message: 'It could not be verified.' } }
        : {},
  })
  const model = await at(`${upstream.url}/v1`)
  const providerOptions = { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'of another account' } }
  const { content } = await model.doGenerate({
    prompt: [
      ...hello.prompt,
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: '', providerOptions },
          { type: 'text', text: 'Hi' },
        ],
      },
      ...hello.prompt.slice(1),
    ],
  })
  assert.deepEqual(
    content.map(({ type }) => type),
    ['text'],
  )
  const [first, second] = responsesAsked(upstream).map(({ input }) =>
    input.map(({ type }) => type ?? 'message'),
  )
  assert.ok(first?.includes('reasoning'))
  assert.ok(!second?.includes('reasoning'))
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
  [
    'a picture that was not made',
    { items: [{ picture: null }] },
    { code: 'server_error', message: 'The provider could not make the picture.', retryable: false },
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
  const strange = await ask({ items: [{ search: { type: 'secret text' } }] })
  const [error] = ofType(strange.parts, 'error')
  assert.doesNotMatch(modelError(error?.error).message, /secret text/)
})
