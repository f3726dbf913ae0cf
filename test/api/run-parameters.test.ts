import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createRunFixture } from '../runs.ts'

const weather = { type: 'function', function: { name: 'weather' } }

/** Each parameter that a run is given and shows, with how it shows. */
const shown = {
  model: ['other', 'other'],
  instructions: ['Rhyme.', 'Rhyme.'],
  tools: [
    [weather],
    [
      {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: {} }, strict: false },
      },
    ],
  ],
  metadata: [{ a: 'b' }, { a: 'b' }],
  temperature: [0.3, 0.3],
  top_p: [0.4, 0.4],
  reasoning_effort: ['low', 'low'],
  max_prompt_tokens: [9_000, 9_000],
  max_completion_tokens: [300, 300],
  truncation_strategy: [
    { type: 'last_messages', last_messages: 5 },
    { type: 'last_messages', last_messages: 5 },
  ],
  response_format: [{ type: 'text' }, { type: 'text' }],
  tool_choice: [weather, weather],
  parallel_tool_calls: [false, false],
} as const

const given = Object.fromEntries(Object.entries(shown).map(([name, [sent]]) => [name, sent]))

for (const route of ['/v1/threads/:thread/runs', '/v1/threads/runs']) {
  test(`POST ${route}: what is given is shown, and what is not has its default`, async () => {
    await using s = await createRunFixture([{ text: 'ok' }, { text: 'ok' }], {
      instructions: 'Base',
      temperature: 0.9,
    })
    const path = route.replace(':thread', s.thread.id)
    const { json: run } = await raw(s, 'POST', path, {
      assistant_id: s.assistant.id,
      ...given,
      model: 'demo',
    })
    for (const [name, [, expected]] of Object.entries(shown)) {
      assert.deepEqual(run[name], name === 'model' ? 'demo' : expected, name)
    }
    // The forced function is asked for; the thread is free for the next run when this one is over.
    const waiting = await s.threads.runs.poll(run.id, { thread_id: run.thread_id })
    assert.equal(waiting.status, 'requires_action')
    await s.threads.runs.cancel(run.id, { thread_id: run.thread_id })
    const { json: plain } = await raw(s, 'POST', path, { assistant_id: s.assistant.id })
    assert.deepEqual(plain, {
      ...run,
      id: plain.id,
      created_at: plain.created_at,
      expires_at: plain.created_at + 600,
      thread_id: plain.thread_id,
      model: 'scripted',
      instructions: 'Base',
      tools: [],
      tool_resources: {},
      metadata: {},
      temperature: 0.9,
      top_p: 1,
      reasoning_effort: null,
      max_completion_tokens: null,
      max_prompt_tokens: null,
      truncation_strategy: { type: 'auto', last_messages: null },
      response_format: 'auto',
      tool_choice: 'auto',
      parallel_tool_calls: true,
    })
  })
}

test('what a run is given reaches its model', async () => {
  await using s = await createRunFixture([{ text: '{"a":1}' }])
  await s.finish({
    instructions: 'Rhyme.',
    additional_instructions: 'Softly.',
    temperature: 0.3,
    top_p: 0.4,
    reasoning_effort: 'low',
    max_completion_tokens: 300,
    tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it' } }],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object', properties: { a: { type: 'number' } } } },
    },
  })
  const [call] = s.model.calls
  assert.equal(call?.temperature, 0.3)
  assert.equal(call?.topP, 0.4)
  assert.equal(call?.reasoning, 'low')
  assert.equal(call?.maxOutputTokens, 300)
  assert.deepEqual(
    call?.tools?.map((tool) => tool.name),
    ['weather'],
  )
  assert.equal(call?.responseFormat?.type, 'json')
  const [system] = call?.prompt ?? []
  assert.match(JSON.stringify(system?.content), /Rhyme\.\\nSoftly\./)
})

test('create-and-run makes the whole thread', async () => {
  await using s = await createRunFixture([{ text: 'ok' }])
  const file = await s.client.files.create({ file: new File(['1'], 'a.csv'), purpose: 'assistants' })
  const run = await s.threads.createAndRunPoll({
    assistant_id: s.assistant.id,
    thread: {
      messages: [
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Two' },
      ],
      metadata: { made: 'here' },
      tool_resources: { code_interpreter: { file_ids: [file.id] } },
    },
  })
  const thread = await s.threads.retrieve(run.thread_id)
  assert.deepEqual(thread.metadata, { made: 'here' })
  assert.deepEqual(thread.tool_resources, { code_interpreter: { file_ids: [file.id] } })
  const { data } = await s.threads.messages.list(run.thread_id, { order: 'asc' })
  assert.deepEqual(
    data.map(({ role, content: [part] }) => [role, part?.type === 'text' && part.text.value]),
    [
      ['user', 'One'],
      ['assistant', 'Two'],
      ['assistant', 'ok'],
    ],
  )
})

test("create-and-run's tool_resources take the place of the assistant's", async () => {
  await using s = await createRunFixture([{ text: 'ok' }])
  const file = await s.client.files.create({ file: new File(['1'], 'a.csv'), purpose: 'assistants' })
  const resources = { code_interpreter: { file_ids: [file.id] } }
  const { json } = await raw(s, 'POST', '/v1/threads/runs', {
    assistant_id: s.assistant.id,
    thread: { messages: [{ role: 'user', content: 'x' }] },
    tool_resources: resources,
  })
  assert.deepEqual(json.tool_resources, resources)
})

test('what is wrong deep in a create-and-run is said with its place', async () => {
  await using s = await createRunFixture([])
  const post = (thread: unknown) =>
    raw(s, 'POST', '/v1/threads/runs', { assistant_id: s.assistant.id, thread })
  refused(
    await post({ messages: [{ role: 'user' }] }),
    400,
    "Missing required parameter: 'thread.messages[0].content'.",
    {
      param: 'thread.messages[0].content',
      code: 'missing_required_parameter',
    },
  )
  refused(
    await post({ tool_resources: { code_interpreter: { file_ids: ['file-x'] } } }),
    404,
    'No such File object: file-x',
    { param: 'thread.tool_resources.code_interpreter.file_ids' },
  )
  assert.equal((await raw(s, 'GET', '/v1/threads')).json.data.length, 1, 'no thread was made')
})

test('a model, an assistant or a tool that is not there is refused before the run is made', async () => {
  await using s = await createRunFixture([])
  const post = (body: Record<string, unknown>) =>
    raw(s, 'POST', `/v1/threads/${s.thread.id}/runs`, { assistant_id: s.assistant.id, ...body })
  const missing = await post({ model: 'no-such-model' })
  assert.deepEqual([missing.status, missing.json.error.code], [404, 'model_not_found'])
  refused(await post({ assistant_id: 'asst_x' }), 404, "No assistant found with id 'asst_x'.")
  const choice = await post({ tool_choice: weather })
  assert.deepEqual([choice.status, choice.json.error.param], [400, 'tool_choice'])
  const { json } = await raw(s, 'GET', `/v1/threads/${s.thread.id}/runs`)
  assert.deepEqual(json.data, [])
})

test('stream may be null or false', async () => {
  await using s = await createRunFixture([{ text: 'ok' }, { text: 'ok' }])
  for (const stream of [null, false]) {
    const { json } = await raw(s, 'POST', `/v1/threads/${s.thread.id}/runs`, {
      assistant_id: s.assistant.id,
      stream,
    })
    assert.equal(json.status, 'queued')
    await s.threads.runs.poll(json.id, { thread_id: s.thread.id })
  }
})

test('a run step has every field, those of the recordings and those of the formal shape', async () => {
  await using s = await createRunFixture([{ text: 'ok', usage: { input: 3, output: 2 } }])
  const run = await s.finish()
  const { json } = await raw(s, 'GET', `/v1/threads/${s.thread.id}/runs/${run.id}/steps`)
  const [step] = json.data
  assert.match(step.id, /^step_[A-Za-z0-9]{24}$/)
  assert.equal(
    JSON.stringify(step),
    JSON.stringify({
      id: step.id,
      object: 'thread.run.step',
      created_at: step.created_at,
      run_id: run.id,
      assistant_id: s.assistant.id,
      thread_id: s.thread.id,
      type: 'message_creation',
      status: 'completed',
      cancelled_at: null,
      completed_at: step.completed_at,
      expires_at: null,
      expired_at: null,
      failed_at: null,
      last_error: null,
      step_details: {
        type: 'message_creation',
        message_creation: { message_id: step.step_details.message_creation.message_id },
      },
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_token_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      metadata: {},
    }),
  )
  assert.ok(step.completed_at >= step.created_at)
})
