import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, at, hello, ofType } from '../../../test/ask-responses.ts'
import { responsesAsked, startFakeUpstream } from '../../../test/fake-upstream.ts'
import { callerOptions } from '../caller-options.ts'
import { hostedToolsOf } from '../hosted-tools.ts'
import { joinOptions, oneToolCallAtATime } from '../provider-options.ts'
import { openaiHostedTools } from './openai-hosted-tools.ts'

const { hostedTool } = hostedToolsOf(openaiHostedTools)
const search = hostedTool('web_search', {})

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
