import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { APIError } from 'openai'
import type { ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses'
import type { FakeResponse } from '../fake-responses.ts'
import { responsesAsked, startFakeUpstream } from '../fake-upstream.ts'
import { raw } from '../raw.ts'
import { shortOrder } from '../responses.ts'
import { parseEvents } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** A provider that speaks the Responses API, and what it answers next. */
const replies: FakeResponse[] = []
const upstream = await startFakeUpstream({ respond: () => replies.shift() ?? {} })
const folder = mkdtempSync(join(tmpdir(), 'threadmill-hosted-'))
const THREADMILL_CONFIG = join(folder, 'config.json')
const base_url = `${upstream.url}/v1`
const models = ['gpt-5']
const providers = {
  lab: { type: 'openai-compatible', base_url, api: 'responses', models },
  plain: { type: 'openai-compatible', base_url, models: ['small'] },
}
writeFileSync(THREADMILL_CONFIG, JSON.stringify({ providers }))
const s = await startTestServer({ env: { THREADMILL_CONFIG } })
after(async () => {
  await s[Symbol.asyncDispose]()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

const model = 'lab/gpt-5'
const search = { type: 'web_search' } as const

async function ask(reply: FakeResponse[], params: Omit<ResponseCreateParamsNonStreaming, 'model'>) {
  replies.splice(0, Infinity, ...reply)
  const response = await s.client.responses.create({ model, ...params })
  return { response, sent: responsesAsked(upstream).at(-1) }
}

async function stream(reply: FakeResponse, params: object) {
  replies.splice(0, Infinity, reply)
  const answer = await raw(s, 'POST', '/v1/responses', { model, stream: true, ...params })
  assert.equal(answer.status, 200, answer.text)
  return parseEvents(answer.text)
}

const action = {
  type: 'search',
  query: 'q',
  queries: ['q'],
  sources: [{ type: 'url', url: 'https://a.de/1' }],
}
const cited: FakeResponse = {
  items: [
    { reasoning: ['I look.'] },
    { search: action },
    { search: { type: 'open_page', url: 'https://a.de/1' } },
    { text: 'Ja 😀 (a). ', citations: [{ url: 'https://a.de/1', title: 'A', start: 5, end: 8 }] },
  ],
}

test('a search of the provider comes out in the events and the items of the original', async () => {
  const events = await stream(cited, {
    input: 'Look',
    tools: [{ ...search, search_context_size: 'low', filters: { allowed_domains: ['a.de'] } }],
    include: ['web_search_call.action.sources', 'reasoning.encrypted_content'],
    reasoning: { effort: 'low', summary: 'auto' },
  })
  const searched = [
    'output_item.added(web_search_call)',
    'web_search_call.in_progress',
    'web_search_call.searching',
    'web_search_call.completed',
    'output_item.done(web_search_call)',
  ]
  assert.deepEqual(
    shortOrder(events).filter((name) => !name.startsWith('reasoning') && !name.endsWith('(reasoning)')),
    [
      'created',
      'in_progress',
      ...searched,
      ...searched,
      'output_item.added(message)',
      'content_part.added',
      'output_text.delta',
      'output_text.annotation.added',
      'output_text.done',
      'content_part.done',
      'output_item.done(message)',
      'completed',
    ],
  )
  const { output, usage } = events.at(-1)?.data.response ?? {}
  assert.deepEqual(
    output.map(({ type }: { type: string }) => type),
    ['reasoning', 'web_search_call', 'web_search_call', 'message'],
  )
  assert.deepEqual(output[1].action, action)
  assert.deepEqual(output[2].action, { type: 'open_page', url: 'https://a.de/1' })
  assert.deepEqual(output[3].content[0].annotations, [
    { type: 'url_citation', url: 'https://a.de/1', title: 'A', start_index: 5, end_index: 8 },
  ])
  assert.partialDeepStrictEqual(usage, {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 10,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 30,
  })
  const sent = responsesAsked(upstream).at(-1)
  assert.deepEqual(sent?.tools, [
    { type: 'web_search', filters: { allowed_domains: ['a.de'] }, search_context_size: 'low' },
  ])
  assert.equal(sent['store'], false)
  assert.deepEqual(sent['reasoning'], { effort: 'low', summary: 'auto' })
})

test('what was searched before is not named to the provider, in a chain and when it is sent back', async () => {
  const { response } = await ask([cited], { input: 'Look', tools: [search] })
  const chained = await ask([{}], { input: 'And?', tools: [search], previous_response_id: response.id })
  const back = await ask([{}], {
    tools: [search],
    input: [
      { role: 'user', content: 'Look' },
      ...response.output,
      { role: 'user', content: 'And?' },
    ] as never,
  })
  for (const { sent } of [chained, back]) {
    assert.ok(!JSON.stringify(sent?.input).includes('item_reference'))
    assert.deepEqual(
      sent?.input
        .filter(({ role }) => role !== undefined)
        .map(({ role, content }) => [role, Object(content)[0]?.text ?? content]),
      [
        ['user', 'Look'],
        ['assistant', 'Ja 😀 (a). '],
        ['user', 'And?'],
      ],
    )
  }
})

test('a function beside a search is called by the caller, with the reasoning before it sent back as it was', async () => {
  const parameters = { type: 'object', properties: {}, additionalProperties: false, required: [] }
  const f = { type: 'function', name: 'f', parameters, strict: true } as const
  const tools = [search, f]
  const { response } = await ask(
    [
      {
        items: [
          { reasoning: [], encrypted: 'gAAA-1' },
          { call: 'f', arguments: '{}' },
        ],
      },
    ],
    { input: 'Look', tools },
  )
  const call = response.output.find(({ type }) => type === 'function_call')
  assert.ok(call?.type === 'function_call')
  const { sent } = await ask([{}], {
    tools,
    previous_response_id: response.id,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: 'out' }],
  })
  assert.deepEqual(
    sent?.input.slice(1).map(({ type, encrypted_content, output }) => [type, encrypted_content ?? output]),
    [
      ['reasoning', 'gAAA-1'],
      ['function_call', undefined],
      ['function_call_output', 'out'],
    ],
  )
})

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

test('a picture that the provider makes is an item with its bytes, and is shown to it again', async () => {
  const told = { revised_prompt: 'A red dot' }
  const picture: FakeResponse = { items: [{ picture: png, partial: [png], told }, { text: 'There.' }] }
  const tool = { type: 'image_generation', partial_images: 1 } as const
  const events = await stream(picture, { input: 'Draw', tools: [tool] })
  assert.deepEqual(shortOrder(events).slice(2, 8), [
    'output_item.added(image_generation_call)',
    'image_generation_call.in_progress',
    'image_generation_call.generating',
    'image_generation_call.partial_image',
    'image_generation_call.completed',
    'output_item.done(image_generation_call)',
  ])
  const { id, output } = events.at(-1)?.data.response ?? {}
  assert.partialDeepStrictEqual(output[0], { result: png, revised_prompt: 'A red dot', size: '1024x1024' })
  assert.deepEqual(responsesAsked(upstream).at(-1)?.tools, [{ type: 'image_generation', partial_images: 1 }])
  const { sent } = await ask([{}], { input: 'Bluer', tools: [tool], previous_response_id: id })
  assert.ok(JSON.stringify(sent?.input).includes(`data:image/png;base64,${png}`))
})

test('a computer is used by the caller, who answers with a screenshot', async () => {
  const tools = [{ type: 'computer' }] as never
  const checks = [{ id: 'sc_1', code: 'malicious', message: 'Look out' }]
  const actions = [{ type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: 9 }, { type: 'screenshot' }]
  const { response } = await ask([{ items: [{ actions, checks }] }], { input: 'Scroll', tools })
  const call = response.output.find(({ type }) => type === 'computer_call') as unknown as Record<
    string,
    string
  >
  assert.ok(call)
  assert.deepEqual(call['actions'], actions)
  assert.deepEqual(call['pending_safety_checks'], checks)
  const image_url = `data:image/png;base64,${png}`
  const { sent } = await ask([{}], {
    tools,
    previous_response_id: response.id,
    input: [
      {
        type: 'computer_call_output',
        call_id: call['call_id'] ?? '',
        output: { type: 'computer_screenshot', image_url },
        acknowledged_safety_checks: checks,
      },
    ],
  })
  assert.deepEqual(sent?.tools, [{ type: 'computer' }])
  assert.partialDeepStrictEqual(sent.input.slice(1), [
    { type: 'computer_call', actions, pending_safety_checks: checks },
    {
      type: 'computer_call_output',
      output: { type: 'computer_screenshot', image_url },
      acknowledged_safety_checks: checks,
    },
  ])
})

test('what is read again of a stream is what was seen, with reasoning that is sealed', async () => {
  const include = ['reasoning.encrypted_content', 'web_search_call.action.sources']
  const events = await stream(cited, { input: 'Look', tools: [search], include, background: true })
  const { id } = events.at(-1)?.data.response ?? {}
  const query = new URLSearchParams([['stream', 'true'], ...include.map((name) => ['include[]', name])])
  assert.deepEqual(parseEvents((await raw(s, 'GET', `/v1/responses/${id}?${query}`)).text), events)
})

test('what breaks off in the middle of a character is whole, so that every client can show it', async () => {
  const half = 'half \uD83D'
  const { response } = await ask(
    [
      {
        items: [
          { search: { type: 'search', query: half, queries: [half] } },
          { text: 'So.', citations: [{ url: 'https://a.de/1', title: half, start: 0, end: 2 }] },
          { actions: [{ type: 'type', text: half }] },
        ],
      },
    ],
    { input: 'Look', tools: [search, { type: 'computer' }] as never },
  )
  assert.ok(JSON.stringify(response.output).isWellFormed())
  assert.doesNotMatch(JSON.stringify(response.output), /\\ud83d/i)
  assert.equal(JSON.stringify(response.output).match(/half \uFFFD/g)?.length, 4)
})

test("a provider's refusal of a tool ends the response with its own words", async () => {
  const message = "Hosted tool 'computer' is not supported with gpt-5."
  const { response } = await ask([{ status: 400, error: { message, param: 'tools' } }], {
    input: 'Scroll',
    tools: [{ type: 'computer' }] as never,
  })
  assert.equal(response.status, 'failed')
  assert.equal(response.error?.message, message)
})

test('an answer that fails after a search is asked for again, and what was begun stays an item', async () => {
  const broken = { code: 'server_error', message: 'It broke.' }
  const { response } = await ask([{ items: [{ search: action }], failed: broken }, cited], {
    input: 'Look',
    tools: [search],
  })
  assert.equal(response.status, 'completed')
  assert.equal(response.output_text, 'Ja 😀 (a). ')
  for (const item of response.output) if ('status' in item) assert.notEqual(item.status, 'in_progress')
})

test('a response that is cancelled while the provider searches leaves the provider', async () => {
  const left = upstream.aborted
  replies.splice(0, Infinity, { items: [{ search: action }], hangAfter: 5 })
  const params = { model, input: 'Look', tools: [search], background: true, stream: true as const }
  let id = ''
  for await (const event of await s.client.responses.create(params)) {
    if (event.type === 'response.created') id = event.response.id
    if (event.type === 'response.web_search_call.searching') await s.client.responses.cancel(id)
  }
  assert.equal((await s.client.responses.retrieve(id)).status, 'cancelled')
  while (upstream.aborted === left) await setImmediate()
})

test('a model whose provider has no such tools is not asked, and the refusal names one that has', async () => {
  await assert.rejects(
    s.client.responses.create({ model: 'plain/small', input: 'Look', tools: [search] }),
    (error: unknown) => {
      assert.ok(error instanceof APIError)
      assert.equal(error.status, 400)
      assert.match(error.message, /web_search.*lab/s)
      return true
    },
  )
})

test('a run of an assistant is asked the same way', async () => {
  replies.splice(
    0,
    Infinity,
    { items: [{ call: 'f', arguments: '{"a":1}' }] },
    { items: [{ text: 'Done.' }] },
  )
  const assistant = await s.client.beta.assistants.create({
    model,
    instructions: 'Be brief.',
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
  })
  const thread = await s.client.beta.threads.create({ messages: [{ role: 'user', content: 'Do it' }] })
  const { runs } = s.client.beta.threads
  const run = await runs.createAndPoll(thread.id, { assistant_id: assistant.id, max_completion_tokens: 500 })
  const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  assert.deepEqual(call?.function, { name: 'f', arguments: '{"a":1}' })
  const outputs = { thread_id: thread.id, tool_outputs: [{ tool_call_id: call.id, output: 'ok' }] }
  const { status, usage } = await runs.submitToolOutputsAndPoll(run.id, outputs)
  assert.equal(status, 'completed')
  assert.equal(usage?.total_tokens, 60)
  const sent = responsesAsked(upstream).at(-1)
  assert.deepEqual(
    sent?.input.map(({ type, role }) => type ?? role),
    ['developer', 'user', 'function_call', 'function_call_output'],
  )
  assert.equal(sent['store'], false)
  assert.equal(sent['max_output_tokens'], 490)
})
