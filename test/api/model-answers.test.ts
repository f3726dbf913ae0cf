import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, done, event, say, startRawUpstream, textOf, usage } from '../raw-upstream.ts'
import { createRunFixture, until } from '../runs.ts'

const functions = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } }))
for (const [shape, stream] of Object.entries({
  'share their id': call(0, '0', 'f', '{"n":1}') + call(1, '0', 'g', '{"n":2}'),
  'share their index': call(0, 'a', 'f', '{"n":1}') + call(0, 'b', 'g', '{"n":2}'),
})) {
  test(`two calls that ${shape} keep their own arguments`, async () => {
    await using s = await startRawUpstream(
      (response) => void response.end(stream + event({}, 'tool_calls') + done),
    )
    const { run } = await s.run({}, { tools: functions })
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
    assert.deepEqual(
      calls.map((one) => [one.function.name, one.function.arguments]),
      [
        ['f', '{"n":1}'],
        ['g', '{"n":2}'],
      ],
    )
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
  })
}

test('a call is shown when the call before it is whole, so that helpers that look at the index see whole calls', async () => {
  const pieces = [
    call(0, 'a', 'f', '{"n"'),
    call(1, 'b', 'g', '{"n"'),
    event({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
    event({ tool_calls: [{ index: 1, function: { arguments: ':2}' } }] }),
  ]
  await using s = await startRawUpstream(
    (response) => void response.end(pieces.join('') + event({}, 'tool_calls') + done),
  )
  const { client } = s
  const assistant = await client.beta.assistants.create({ model: 'tiny', tools: functions })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const ended: string[] = []
  const stream = client.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id })
  stream.on('toolCallDone', (one) => void (one.type === 'function' && ended.push(one.function.arguments)))
  await stream.finalRun()
  assert.deepEqual(ended, ['{"n":1}', '{"n":2}'])
})

test('a refusal is a part of its own, and the run completes', async () => {
  const stream = event({ refusal: 'I cannot ' }) + event({ refusal: 'do that.' }) + event({}, 'stop') + done
  await using s = await startRawUpstream((response) => void response.end(stream))
  const { run, messages } = await s.run()
  assert.equal(run.status, 'completed')
  assert.deepEqual(messages[0]?.content, [{ type: 'refusal', refusal: 'I cannot do that.' }])
})

test('thoughts between tags at the start are neither shown nor kept', async () => {
  const pieces = ['<thi', 'nk>Let me see.', '</think', '>\n\nYes, ', '<think> is a tag.']
  await using s = await startRawUpstream(
    (response) =>
      void response.end(pieces.map((content) => event({ content })).join('') + event({}, 'stop') + done),
  )
  const { messages } = await s.run()
  assert.deepEqual(textOf(messages[0]), ['Yes, <think> is a tag.'])
})

test('what a provider does not say of its usage is estimated, and budgets hold', async () => {
  const stream =
    call(0, 'a', 'made_up', JSON.stringify({ text: 'word '.repeat(200) })) + event({}, 'tool_calls') + done
  await using s = await startRawUpstream((response) => void response.end(stream))
  const { run } = await s.run({ max_completion_tokens: 600 })
  assert.equal(run.status, 'incomplete')
  assert.deepEqual(run.incomplete_details, { reason: 'max_completion_tokens' })
  assert.equal(s.requests.length, 3)
  assert((run.usage?.prompt_tokens ?? 0) > 0)
})

test('an answer that is longer than the caller pays for is incomplete, whoever counts', async () => {
  await using s = await startRawUpstream((response) => void response.end(say('word '.repeat(2_000))))
  const { run, messages } = await s.run({ max_completion_tokens: 256 })
  assert.equal(run.status, 'incomplete')
  assert.deepEqual(run.incomplete_details, { reason: 'max_completion_tokens' })
  assert.equal(messages[0]?.status, 'incomplete')
})

for (const [prompt, completion, seen] of [
  [-5, 1.5, [false, 2]],
  [7.4, -1, [7, false]],
  [1e300, 3, [false, 3]],
  [0, '9', [false, false]],
] as const) {
  test(`usage that cannot be true is not passed on: ${prompt}, ${completion}`, async () => {
    await using s = await startRawUpstream(
      (response) =>
        void response.end(
          event({ content: 'Yes, of course.' }) + event({}, 'stop') + usage(prompt, completion) + done,
        ),
    )
    const { run } = await s.run()
    const counts = [run.usage?.prompt_tokens ?? -1, run.usage?.completion_tokens ?? -1]
    for (const [at, count] of counts.entries()) {
      assert(Number.isInteger(count) && count > 0 && count < 1_000)
      if (seen[at] !== false) assert.equal(count, seen[at])
    }
    assert.equal(run.usage?.total_tokens, counts[0]! + counts[1]!)
  })
}

test('an answer ends as incomplete at the size that is set', async () => {
  await using s = await startRawUpstream(
    (response) => void response.end(say('ä'.repeat(1_000) + 'b'.repeat(100_000))),
    { env: { THREADMILL_MAX_ANSWER_BYTES: '2001' } },
  )
  const { run, messages } = await s.run()
  assert.equal(run.status, 'incomplete')
  assert.deepEqual(textOf(messages[0]), [`${'ä'.repeat(1_000)}b`])
})

for (const [what, stream] of Object.entries({
  'no finish reason': event({ content: 'Yes' }) + done,
  'nothing at all': '',
  'nothing but its end': done,
  'a call without a name':
    event({ tool_calls: [{ index: 0, id: 'a', function: { arguments: '{}' } }] }) +
    event({}, 'tool_calls') +
    done,
})) {
  test(`an answer with ${what} is broken off, and the next one counts`, async () => {
    await using s = await startRawUpstream(
      (response, _, index) => void response.end(index === 0 ? stream : say('Whole.')),
    )
    const { run, messages } = await s.run({}, { tools: functions })
    assert.equal(run.status, 'completed')
    assert.equal(s.requests.length, 2)
    assert.deepEqual(messages.map(textOf), [['Whole.']])
  })
}

test('a provider that breaks off after a word is asked once more, and what it said last stays', async () => {
  await using s = await startRawUpstream((response, _, index) => {
    response.write(event({ content: `Half ${index}` }), () => response.destroy())
  })
  const { run, messages, steps } = await s.run()
  assert.equal(run.status, 'failed')
  assert.match(run.last_error?.message ?? '', /openai-compatible/)
  assert.equal(s.requests.length, 2)
  assert.equal(steps.length, 2)
  assert.deepEqual(
    messages.map(({ status, content }) => [status, textOf({ content } as never)]),
    [['incomplete', ['Half 1']]],
  )
})

test('half an answer stays in its thread until the whole one has taken its place', async () => {
  let goOn = () => {}
  const second = new Promise<void>((resolve) => (goOn = resolve))
  await using s = await startRawUpstream(async (response, _, index) => {
    if (index === 0) return void response.write(event({ content: 'Half' }), () => response.destroy())
    response.write(event({ content: 'Whole' }))
    await second
    response.end(event({}, 'stop') + done)
  })
  const { client } = s
  const assistant = await client.beta.assistants.create({ model: 'tiny' })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id })
  const list = async () =>
    (await client.beta.threads.messages.list(thread.id, { order: 'asc' })).data.slice(1)
  const both = await until(async () => {
    const messages = await list()
    return messages.length === 2 && messages
  })
  assert.deepEqual(
    [both[0]?.status, textOf(both[0]), both[1]?.status],
    ['incomplete', ['Half'], 'in_progress'],
  )
  goOn()
  await client.beta.threads.runs.poll(run.id, { thread_id: thread.id })
  assert.deepEqual((await list()).map(textOf), [['Whole']])
})

test('a message that was whole before the calls after it broke off is known to the next attempt', async () => {
  await using s = await startRawUpstream((response, _, index) => {
    if (index > 0) return void response.end(say('And done.'))
    response.write(event({ content: 'Let me see.' }) + call(0, 'a', 'f', '{'), () => response.destroy())
  })
  const { messages } = await s.run({}, { tools: functions })
  assert.deepEqual(messages.map(textOf), [['Let me see.'], ['And done.']])
  const said = s.requests[1]?.['messages'] as { role: string; content: string }[]
  assert.deepEqual(said.at(-2), { role: 'assistant', content: 'Let me see.' })
  // Strict servers refuse a prompt that ends with the assistant.
  assert.equal(said.at(-1)?.role, 'user')
})

test('what the next attempt repeats of what was said whole is not said twice', async () => {
  await using s = await startRawUpstream((response, _, index) => {
    if (index > 0) {
      const pieces = ['Let me', ' see. And', ' done.'].map((content) => event({ content }))
      return void response.end(pieces.join('') + event({}, 'stop') + done)
    }
    response.write(event({ content: 'Let me see.' }) + call(0, 'a', 'f', '{'), () => response.destroy())
  })
  const { messages } = await s.run({}, { tools: functions })
  assert.deepEqual(messages.map(textOf), [['Let me see.'], [' And done.']])
})

test('a next attempt that only repeats what was said adds no message', async () => {
  await using s = await startRawUpstream((response, _, index) => {
    if (index > 0) return void response.end(say('Let me see.'))
    response.write(event({ content: 'Let me see.' }) + call(0, 'a', 'f', '{'), () => response.destroy())
  })
  const { run, messages } = await s.run({}, { tools: functions })
  assert.equal(run.status, 'completed')
  assert.deepEqual(messages.map(textOf), [['Let me see.']])
})

test('the channels of gpt-oss are read where its server hands them on as text', async () => {
  const pieces = [
    '<|channel|>ana',
    'lysis<|message|>Hm.<|end|><|start|>assistant<|channel|>fin',
    'al<|message|>Yes.',
  ]
  const calling = '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"n":1}<|call|>'
  await using s = await startRawUpstream((response, _, index) => {
    if (index === 0)
      return void response.end(
        pieces.map((content) => event({ content })).join('') + event({}, 'stop') + done,
      )
    response.end(say(calling))
  })
  const { messages } = await s.run()
  assert.deepEqual(messages.map(textOf), [['Yes.']])
  const { run } = await s.run({}, { tools: functions })
  const [called] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  assert.deepEqual([called?.function.name, called?.function.arguments], ['f', '{"n":1}'])
})

test('a function call of older servers is asked of the caller', async () => {
  const stream =
    event({ function_call: { name: 'f', arguments: '{"n"' } }) +
    event({ function_call: { arguments: ':1}' } }) +
    event({}, 'function_call') +
    done
  await using s = await startRawUpstream((response) => void response.end(stream))
  const { run } = await s.run({}, { tools: functions })
  assert.equal(run.required_action?.submit_tool_outputs.tool_calls[0]?.function.arguments, '{"n":1}')
})

test('models of other wires are heard in the same way: thoughts in tags, ids that repeat', async () => {
  await using s = await createRunFixture(
    [
      {
        text: ['<thi', 'nk>Hm.</think>', 'Let me ask.'],
        toolCalls: ['f', 'g'].map((name) => ({ id: '0', name, arguments: { name } })),
      },
    ],
    { tools: functions },
  )
  const run = await s.finish()
  assert.deepEqual(
    run.required_action?.submit_tool_outputs.tool_calls.map((one) => [
      one.function.name,
      one.function.arguments,
    ]),
    [
      ['f', '{"name":"f"}'],
      ['g', '{"name":"g"}'],
    ],
  )
  assert.deepEqual(await s.texts(), ['Hello', 'Let me ask.'])
})
