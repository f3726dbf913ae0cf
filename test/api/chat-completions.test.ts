import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider'
import OpenAI, { type APIError } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { startFakeUpstream, type FakeUpstreamOptions } from '../fake-upstream.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

const start_time = Math.floor(Date.now() / 1_000) - 86_400

/** A server with a provider that speaks the wire, `lab/m1` with the alias `gpt-4o`, and with models of its own. */
async function createFixture({
  reply,
  models,
}: { reply?: FakeUpstreamOptions['reply']; models?: Record<string, LanguageModelV4> } = {}) {
  const upstream = await startFakeUpstream({
    models: ['m1'],
    reply: reply ?? { tokens: ['Hello', ' there.'], usage: { prompt_tokens: 7, completion_tokens: 3 } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const lab = { type: 'openai-compatible', base_url: `${upstream.url}/v1`, api_key: 'sk-of-the-lab' }
  writeFileSync(
    THREADMILL_CONFIG,
    JSON.stringify({ providers: { lab }, aliases: { 'gpt-4o': 'lab/m1', 'text-embedding-mine': 'lab/e1' } }),
  )
  const server = await startTestServer({ env: { THREADMILL_CONFIG }, ...(models && { models }) })
  rmSync(folder, { recursive: true })
  const admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.apiKey })
  return {
    ...server,
    upstream,
    chat: server.client.chat.completions,
    /** What was used, by model. */
    async used() {
      const { data } = await admin.admin.organization.usage.completions({
        start_time,
        group_by: ['model', 'api_key_id', 'project_id'],
      })
      return data
        .flatMap(({ results }) => results)
        .flatMap((one) =>
          'num_model_requests' in one && 'output_tokens' in one
            ? [[one.model, one.project_id, one.num_model_requests, one.input_tokens, one.output_tokens]]
            : [],
        )
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

const messages = [{ role: 'user' as const, content: 'Hi' }]

test('a request goes on to the provider as it is, with the name that the model has there', async () => {
  await using fixture = await createFixture()
  const answer = await fixture.chat.create({
    model: 'gpt-4o',
    messages,
    temperature: 0.5,
    logit_bias: { 50_256: -100 },
  })
  assert.equal(answer.choices[0]?.message.content, 'Hello there.')
  const { headers, body, path } =
    fixture.upstream.requests.find((one) => one.path.includes('completions')) ?? {}
  assert.equal(path, '/v1/chat/completions')
  assert.deepEqual(body, { model: 'm1', messages, temperature: 0.5, logit_bias: { 50_256: -100 } })
  assert.equal(headers?.['authorization'], 'Bearer sk-of-the-lab')
  await until(async () => (await fixture.used()).length > 0)
  assert.deepEqual(await fixture.used(), [['gpt-4o', 'default', 1, 7, 3]])
})

test('a stream goes on piece by piece, and what was used is said to whoever asks', async () => {
  await using fixture = await createFixture()
  const read = async (more: object) => {
    const chunks = []
    const stream = await fixture.chat.create({ model: 'lab/m1', messages, stream: true, ...more })
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }
  const chunks = await read({})
  assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Hello there.')
  assert.ok(chunks.every(({ choices, usage }) => choices.length === 1 && !usage))
  const last = (await read({ stream_options: { include_usage: true } })).at(-1)
  assert.deepEqual([last?.choices, last?.usage?.prompt_tokens], [[], 7])
  await until(async () => (await fixture.used())[0]?.[2] === 2)
  assert.deepEqual(await fixture.used(), [['lab/m1', 'default', 2, 14, 6]])
  const { text, headers } = await raw(fixture, 'POST', '/v1/chat/completions', {
    model: 'lab/m1',
    messages,
    stream: true,
  })
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.ok(text.endsWith('data: [DONE]\n\n'))
  assert.ok(!text.includes('"usage"'))
})

test('a caller who leaves ends the stream of the provider, and pays for what was sent', async () => {
  await using fixture = await createFixture({ reply: { tokens: 10_000, tokenMs: 5 } })
  const stream = await fixture.chat.create({ model: 'lab/m1', messages, stream: true })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  await until(async () => fixture.upstream.aborted === 1)
  await until(async () => (await fixture.used()).length === 1)
  const [[, , , , output] = []] = await fixture.used()
  assert.ok(Number(output) > 0 && Number(output) < 1_000, String(output))
})

test('errors of the provider come in the shape of the wire, without its secrets', async () => {
  const replies = [
    {
      status: 400,
      error: { message: 'No such field.', type: 'invalid_request_error', param: 'x', code: 'bad' },
    },
    { status: 429, error: { message: 'Slow down.' }, headers: { 'retry-after': '3' } },
    { status: 401, error: { message: 'Incorrect API key provided: sk-of-the-lab' } },
    { status: 500, error: { message: 'It broke.' } },
    { tokens: 5, cutAfter: 2 },
  ]
  await using fixture = await createFixture({ reply: (_request, index) => replies[index] ?? {} })
  const refused = () =>
    fixture.chat.create({ model: 'lab/m1', messages }).then(
      () => assert.fail('it was answered'),
      ({ status, type, code, param, message }: APIError) => [status, type, code, param, message],
    )
  assert.deepEqual(await refused(), [400, 'invalid_request_error', 'bad', 'x', '400 No such field.'])
  assert.deepEqual((await refused()).slice(0, 3), [429, 'invalid_request_error', 'rate_limit_exceeded'])
  const [status, type, code, , message] = await refused()
  assert.deepEqual([status, type, code], [502, 'server_error', 'provider_refused_key'])
  assert.doesNotMatch(String(message), /sk-of/)
  assert.deepEqual((await refused()).slice(0, 2), [500, 'server_error'])
  const { text } = await raw(fixture, 'POST', '/v1/chat/completions', {
    model: 'lab/m1',
    messages,
    stream: true,
  })
  const last = JSON.parse(
    text
      .trim()
      .split('\n\n')
      .at(-1)
      ?.replace(/^data: /, '') ?? '',
  )
  assert.deepEqual(Object.keys(last.error), ['message', 'type', 'param', 'code'])
  const unknown = await raw(fixture, 'POST', '/v1/chat/completions', { model: 'nobody', messages })
  assert.deepEqual([unknown.status, unknown.json.error.code], [404, 'model_not_found'])
})

const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

test('a request for another model is translated: tools, formats, pictures and what was said before', async () => {
  const prompts: unknown[] = []
  const model = scripted((prompt) => {
    prompts.push(prompt)
    return JSON.stringify(prompt.at(-1)).includes('sunny')
      ? { text: ['It is ', 'sunny.'], usage: { input: 20, output: 4 } }
      : { toolCalls: [{ id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } }] }
  })
  await using fixture = await createFixture({ models: { m: model } })
  const asked = await fixture.chat.create({ model: 'm', messages, tools: [weather], tool_choice: 'required' })
  const [choice] = asked.choices
  assert.equal(choice?.finish_reason, 'tool_calls')
  assert.deepEqual(choice?.message.tool_calls, [
    { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
  ])
  assert.equal(choice?.message.content, null)
  const done = await fixture.chat.create({
    model: 'm',
    messages: [
      { role: 'developer', content: 'Be short.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Weather?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
        ],
      },
      choice.message,
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ],
    tools: [weather],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object', properties: {} } },
    },
  })
  assert.deepEqual(
    [done.choices[0]?.message.content, done.choices[0]?.finish_reason, done.usage?.total_tokens],
    ['It is sunny.', 'stop', 24],
  )
  const [system, user, assistant, tool] = prompts.at(-1) as {
    role: string
    content: { [field: string]: unknown }[]
  }[]
  assert.deepEqual([system?.role, system?.content], ['system', 'Be short.'])
  assert.equal(user?.content[1]?.['mediaType'], 'image/png')
  assert.deepEqual(assistant?.content[0]?.['input'], { city: 'Oslo' })
  assert.deepEqual(tool?.content[0]?.['output'], { type: 'text', value: 'sunny' })
  await until(async () => (await fixture.used())[0]?.[2] === 2)
})

test('a translated stream has the pieces of the original, and an answer that breaks off ends with an error', async () => {
  const model = scripted([
    { text: ['It is ', 'sunny.'], usage: { input: 20, output: 4 } },
    { toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }] },
    { text: 'Half', error: { message: 'It broke.', status: 500 } },
    { error: { message: 'Too much.', status: 429 } },
  ])
  await using fixture = await createFixture({ models: { m: model } })
  const read = async (more: object = {}) =>
    raw(fixture, 'POST', '/v1/chat/completions', { model: 'm', messages, stream: true, ...more })
  const events = async (more?: object) =>
    (await read(more)).text
      .trim()
      .split('\n\n')
      .map((event) => event.replace(/^data: /, ''))
  const text = await events({ stream_options: { include_usage: true } })
  assert.equal(text.pop(), '[DONE]')
  const chunks = text.map((one) => JSON.parse(one))
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice && [choice.delta, choice.finish_reason]),
    [
      [{ role: 'assistant', content: '', refusal: null }, null],
      [{ content: 'It is ' }, null],
      [{ content: 'sunny.' }, null],
      [{}, 'stop'],
      undefined,
    ],
  )
  assert.equal(chunks.at(-1).usage.total_tokens, 24)
  assert.equal(new Set(chunks.map(({ id }) => id)).size, 1)
  const calls = (await events({ tools: [weather] })).slice(1, -1).map((one) => JSON.parse(one).choices[0])
  assert.deepEqual(calls[0].delta.tool_calls, [
    { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
  ])
  const args = calls.flatMap(({ delta }) => delta.tool_calls?.[0]?.function.arguments ?? []).join('')
  assert.equal(args, '{"city":"Oslo"}')
  assert.equal(calls.at(-1).finish_reason, 'tool_calls')
  assert.equal(JSON.parse((await events()).at(-1) ?? '').error.message, 'It broke.')
  const refused = await read()
  assert.deepEqual([refused.status, refused.json.error.code], [429, 'rate_limit_exceeded'])
})

test('what another model cannot honour is refused', async () => {
  await using fixture = await createFixture({ models: { m: scripted([{ text: 'Hello.' }]) } })
  const refused = async (more: object) => {
    const { status, json } = await raw(fixture, 'POST', '/v1/chat/completions', {
      model: 'm',
      messages,
      ...more,
    })
    return [status, json.error.param, json.error.code]
  }
  assert.deepEqual(await refused({ n: 2 }), [400, 'n', 'integer_above_max_value'])
  for (const param of ['logit_bias', 'audio', 'functions', 'prediction', 'web_search_options'])
    assert.deepEqual(await refused({ [param]: {} }), [400, param, 'unsupported_parameter'])
  assert.deepEqual(await refused({ verbosity: 'low' }), [400, 'verbosity', 'unsupported_parameter'])
  assert.deepEqual(await refused({ service_tier: 'flex' }), [400, 'service_tier', 'invalid_value'])
  assert.deepEqual(await refused({ zzz: 1 }), [400, 'zzz', 'unknown_parameter'])
  for (const param of ['logprobs', 'store'])
    assert.deepEqual(await refused({ [param]: true }), [400, param, 'unsupported_parameter'])
  const unread = { stream: true, stream_options: { include_obfuscation: true } }
  assert.deepEqual((await refused(unread))[2], 'unsupported_parameter')
  assert.deepEqual((await refused({ messages: [] })).slice(0, 2), [400, 'messages'])
  assert.deepEqual(
    (await refused({ messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] })).slice(0, 2),
    [400, 'messages.[0].role'],
  )
  assert.deepEqual((await refused({ model: undefined })).slice(0, 2), [400, 'model'])
  const off = { model: 'm', messages, store: false, logprobs: false }
  assert.equal((await raw(fixture, 'POST', '/v1/chat/completions', off)).status, 200)
})

test('a tool that has to be called has to be there, for another model as well', async () => {
  await using fixture = await createFixture({ models: { m: scripted([{ text: 'Hello.' }]) } })
  const says = async (more: object) => {
    const { status, json } = await raw(fixture, 'POST', '/v1/chat/completions', {
      model: 'm',
      messages,
      ...more,
    })
    assert.equal(status, 400)
    return [json.error.message, json.error.param]
  }
  const onlyWith = (param: string) => [
    `Invalid value for '${param}': '${param}' is only allowed when 'tools' are specified.`,
    param,
  ]
  const named = { type: 'function', function: { name: 'g' } }
  for (const tool_choice of ['required', named])
    assert.deepEqual(await says({ tool_choice }), onlyWith('tool_choice'))
  assert.deepEqual(await says({ parallel_tool_calls: false }), onlyWith('parallel_tool_calls'))
  assert.deepEqual(
    await says({ tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: named }),
    ["Tool choice 'g' not found in 'tools' parameter.", 'tool_choice'],
  )
})

test('what is null was left out, and what says who asks is taken, for another model as well', async () => {
  const model = scripted(() => ({ text: 'Hello.' }))
  await using fixture = await createFixture({ models: { m: model } })
  const names =
    'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'
  const nulls = Object.fromEntries(names.split(' ').map((name) => [name, null]))
  const said = {
    role: 'assistant',
    content: 'Yes?',
    refusal: null,
    tool_calls: null,
    audio: null,
    reasoning_content: null,
  }
  const asks = {
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    service_tier: 'auto',
    modalities: ['text'],
    tool_choice: 'auto',
  }
  for (const more of [nulls, asks]) {
    const body = { model: 'm', messages: [...messages, said, ...messages], ...more }
    const { status, text } = await raw(fixture, 'POST', '/v1/chat/completions', body)
    assert.equal(status, 200, text)
  }
  const [none, told] = model.calls.map(({ providerOptions }) => providerOptions)
  assert.deepEqual(none, {})
  assert.deepEqual(told?.['anthropic'], { metadata: { userId: 's' } })
  assert.deepEqual(told?.['openai'], { user: 'u', safetyIdentifier: 's', promptCacheKey: 'k' })
})

test('the AI SDK talks to a model through the server', async () => {
  await using fixture = await createFixture({ models: { m: scripted([{ text: ['Hel', 'lo.'] }]) } })
  const provider = createOpenAI({ baseURL: `${fixture.url}/v1`, apiKey: fixture.apiKey })
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]
  const { content } = await provider.chat('gpt-4o').doGenerate({ prompt })
  assert.deepEqual(
    content.map((part) => part.type === 'text' && part.text),
    ['Hello there.'],
  )
  const { stream } = await provider.chat('m').doStream({ prompt })
  let text = ''
  for await (const part of stream) if (part.type === 'text-delta') text += part.delta
  assert.equal(text, 'Hello.')
})

test('the built-in model answers where nothing is connected', async () => {
  await using server = await startTestServer()
  const answer = await server.client.chat.completions.create({ model: 'gpt-4o', messages })
  assert.ok((answer.choices[0]?.message.content ?? '').length > 0)
  assert.equal(answer.model, 'gpt-4o')
})

test('a caller who leaves before the first word pays for it also where the model does not listen', async () => {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>()
  const slow = scripted(async () => {
    isAsked()
    await answers
    return { text: 'Hello.', usage: { input: 7, output: 3 } }
  })
  const deaf = {
    ...slow,
    doStream: (options: LanguageModelV4CallOptions) =>
      slow.doStream({ ...options, abortSignal: new AbortController().signal }),
  }
  await using fixture = await createFixture({ models: { m: deaf } })
  const leaving = new AbortController()
  const gone = fixture.chat.create({ model: 'm', messages, stream: true }, { signal: leaving.signal })
  await asked
  leaving.abort()
  await assert.rejects(Promise.resolve(gone))
  // The server has seen it go when it has answered something that was asked later.
  await raw(fixture, 'GET', '/v1/models')
  answer()
  await until(async () => (await fixture.used()).length === 1)
})
