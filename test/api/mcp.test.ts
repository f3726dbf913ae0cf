import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type OpenAI from 'openai'
import type { APIError } from 'openai'
import { scripted, type Script } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { parseEvents, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { startMcpServer, textResult, type McpServerOptions } from '../mcp-server.ts'

const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
  annotations: { readOnlyHint: true },
}
/** Calls the function, and then says what it gave. */
const callsOnce =
  (name: string, seen: LanguageModelV4Prompt[] = []): Script =>
  (prompt) => {
    seen.push(prompt)
    const last = prompt.at(-1)
    if (last?.role !== 'tool') return { toolCalls: [{ name, arguments: { city: 'Oslo' } }] }
    return { text: `It said: ${JSON.stringify(last.content.at(-1)).slice(0, 400)}` }
  }

async function createFixture({
  mcp: options = {},
  script = callsOnce('lab__weather'),
  tool = {},
  env = { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' },
}: {
  mcp?: McpServerOptions
  script?: Script
  tool?: object
  env?: Record<string, string>
} = {}) {
  const mcp = await startMcpServer({
    tools: [weather],
    call: () => textResult('sunny'),
    ...options,
  })
  const model = scripted(script)
  const server = await startTestServer({ models: { m: model }, env })
  const entry = { type: 'mcp', server_label: 'lab', server_url: mcp.url, require_approval: 'never', ...tool }
  const assistant = await server.client.beta.assistants.create({ model: 'm', tools: [entry as never] })
  const { threads } = server.client.beta
  return {
    ...server,
    mcp,
    model,
    assistant,
    threads,
    run: () =>
      threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'Hi' }] },
      }),
    async steps(run: OpenAI.Beta.Threads.Run) {
      const { data } = await threads.runs.steps.list(run.id, { thread_id: run.thread_id, order: 'asc' })
      return data.flatMap(({ step_details: details }) =>
        details.type === 'tool_calls' ? details.tool_calls : [],
      )
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await mcp[Symbol.asyncDispose]()
    },
  }
}

test('functions of a server are listed once in a run and called, and a step shows a call as one of a function', async () => {
  await using fixture = await createFixture({
    script: (prompt) => {
      const results = prompt.filter(({ role }) => role === 'tool').length
      return results < 2
        ? { toolCalls: [{ name: 'lab__weather', arguments: { city: 'Oslo' } }] }
        : { text: 'Sunny.' }
    },
  })
  const run = await fixture.run()
  assert.equal(run.status, 'completed')
  const [call, second] = await fixture.steps(run)
  assert.deepEqual(call, {
    id: call?.id,
    type: 'function',
    function: { name: 'lab__weather', arguments: '{"city":"Oslo"}', output: 'sunny' },
  })
  assert.equal(second?.type, 'function')
  assert.deepEqual(
    [fixture.mcp.count('initialize'), fixture.mcp.count('tools/list'), fixture.mcp.count('tools/call')],
    [1, 1, 2],
  )
  assert.deepEqual(fixture.mcp.calls()[0], { name: 'weather', arguments: { city: 'Oslo' } })
  // The session is closed once the run is over.
  await until(() => Promise.resolve(fixture.mcp.deleted === 1))
  const [offered] = fixture.model.calls[0]?.tools ?? []
  assert.deepEqual(
    [offered?.name, offered?.type === 'function' && offered.description],
    ['lab__weather', 'Tells the weather.'],
  )
})

test('a server of the older transport is called over its stream of events', async () => {
  await using fixture = await createFixture({ mcp: { sse: true } })
  const run = await fixture.run()
  assert.equal(run.status, 'completed', JSON.stringify(run.last_error))
  const [call] = await fixture.steps(run)
  assert.equal(call?.type === 'function' && call.function.output, 'sunny')
})

test('what opens a server is sent to it, and shown to nobody', async () => {
  await using fixture = await createFixture({
    tool: { authorization: 'the-token', headers: { 'x-team': 'the-team' }, server_description: 'A lab.' },
  })
  const run = await fixture.run()
  assert.equal(run.status, 'completed')
  for (const headers of fixture.mcp.headers)
    assert.deepEqual([headers.authorization, headers['x-team']], ['Bearer the-token', 'the-team'])
  const { client, assistant } = fixture
  const shown = JSON.stringify([run, assistant, await client.beta.assistants.retrieve(assistant.id)])
  assert.doesNotMatch(shown, /the-token|the-team/)
  assert.match(shown, /"server_description":"A lab."/)
})

test('a stream of such a call has the events of a function, whose output comes as a delta', async () => {
  await using fixture = await createFixture()
  const { text } = await raw(fixture, 'POST', '/v1/threads/runs', {
    assistant_id: fixture.assistant.id,
    thread: { messages: [{ role: 'user', content: 'Hi' }] },
    stream: true,
  })
  const deltas = parseEvents(text)
    .filter(({ event }) => event === 'thread.run.step.delta')
    .flatMap(({ data }) => data.delta.step_details.tool_calls)
  assert.ok(deltas.every(({ type }) => type === 'function'))
  assert.equal(deltas.map((one) => one.function.arguments ?? '').join(''), '{"city":"Oslo"}')
  assert.equal(deltas.at(-1).function.output, 'sunny')
})

test('a failing call, a wrong answer and a server that is away do not end a run: the model is told', async () => {
  for (const [options, expected] of [
    [{ call: () => textResult('no such city', true) }, /Error: no such city/],
    [{ call: () => 500 }, /Error: The server answered 500/],
    [{ call: () => ({ nonsense: true }) }, /^$/],
    [
      {
        instead: ({ method }, response) => {
          if (method === 'tools/call') response.destroy()
          return method === 'tools/call'
        },
      },
      /Error: /,
    ],
    [{ tools: [] }, /there is no tool|not one of|unknown/i],
  ] as [McpServerOptions, RegExp][]) {
    await using fixture = await createFixture({ mcp: options })
    const run = await fixture.run()
    assert.equal(run.status, 'completed', JSON.stringify(run.last_error))
    const [call] = await fixture.steps(run)
    assert.match((call?.type === 'function' && call.function.output) || '', expected)
  }
  const prompts: LanguageModelV4Prompt[] = []
  await using away = await createFixture({
    script: (prompt) => {
      prompts.push(prompt)
      return { text: 'It is away.' }
    },
    tool: { server_url: 'http://127.0.0.1:1/mcp' },
  })
  assert.equal((await away.run()).status, 'completed')
  assert.match(JSON.stringify(prompts[0]?.[0]), /The functions of the server .*lab.* cannot be used now/)
})

test('a hostile server fills neither the prompt nor the memory', async () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ ...weather, name: `tool_${at}` }))
  const prompts: LanguageModelV4Prompt[] = []
  const quiet: Script = (prompt) => {
    prompts.push(prompt)
    return { text: 'Nothing.' }
  }
  const problemOf = async (mcp: McpServerOptions) => {
    prompts.length = 0
    await using fixture = await createFixture({ mcp, script: quiet })
    assert.equal((await fixture.run()).status, 'completed')
    return JSON.stringify(prompts[0]?.[0])
  }
  assert.match(await problemOf({ tools: many }), /500 functions, and at most 128/)
  assert.match(
    await problemOf({ tools: [{ ...weather, description: 'x'.repeat(600 * 1024) }] }),
    /too many words/,
  )
  assert.match(
    await problemOf({ tools: () => ({ tools: [{ ...weather, description: 'x'.repeat(9 * 1024 ** 2) }] }) }),
    /cannot be used now/,
  )
  const endless = (cursor: string | undefined) => ({
    tools: [{ ...weather, name: `tool_${cursor ?? ''}` }],
    nextCursor: `${Number(cursor ?? 0) + 1}`,
  })
  assert.match(await problemOf({ tools: endless }), /cannot be used now/)

  await using fixture = await createFixture({ mcp: { call: () => textResult('y'.repeat(1024 ** 2)) } })
  const run = await fixture.run()
  const [call] = await fixture.steps(run)
  const output = (call?.type === 'function' && call.function.output) || ''
  assert.ok(output.length < 300_000)
  assert.match(output, /The rest was cut off: the output has 1048576 characters/)
})

test('private addresses are refused unless the settings allow them, and redirects to elsewhere are not followed', async () => {
  const prompts: LanguageModelV4Prompt[] = []
  const quiet: Script = (prompt) => {
    prompts.push(prompt)
    return { text: 'Nothing.' }
  }
  await using inside = await createFixture({ script: quiet, env: {} })
  assert.equal((await inside.run()).status, 'completed')
  assert.match(JSON.stringify(prompts[0]?.[0]), /not a public address/)
  assert.equal(inside.mcp.count('initialize'), 0)

  await using target = await startMcpServer()
  await using moved = await createFixture({
    script: quiet,
    mcp: {
      instead(_message, response) {
        response.writeHead(307, { location: target.url }).end()
        return true
      },
    },
  })
  assert.equal((await moved.run()).status, 'completed')
  assert.match(JSON.stringify(prompts.at(-1)?.[0]), /cannot be used now/)
  assert.equal(target.count('initialize'), 0)
})

test('only what is allowed is offered', async () => {
  const tools = [weather, { name: 'erase' }, { name: 'search', annotations: { readOnlyHint: true } }]
  const offered = async (allowed_tools: unknown) => {
    await using fixture = await createFixture({
      mcp: { tools },
      tool: { allowed_tools },
      script: [{ text: 'Nothing.' }],
    })
    await fixture.run()
    return (fixture.model.calls[0]?.tools ?? []).map(({ name }) => name)
  }
  assert.deepEqual(await offered(null), ['lab__weather', 'lab__erase', 'lab__search'])
  assert.deepEqual(await offered(['erase']), ['lab__erase'])
  assert.deepEqual(await offered({ read_only: true, tool_names: ['search', 'erase'] }), ['lab__search'])
})

test('a call that needs approval waits for the caller, and is made when he allows it, and not otherwise', async () => {
  for (const [answer, made] of [
    ['{"approve": true}', true],
    ['approve', true],
    ['{"approve": false, "reason": "too dear"}', false],
    ['why?', false],
  ] as const) {
    const seen: LanguageModelV4Prompt[] = []
    await using fixture = await createFixture({
      script: callsOnce('lab__weather', seen),
      tool: { require_approval: null },
    })
    const run = await fixture.run()
    assert.equal(run.status, 'requires_action')
    const [asked] = run.required_action?.submit_tool_outputs.tool_calls ?? []
    assert.deepEqual([asked?.type, asked?.function.name], ['function', 'mcp_approval_request'])
    assert.deepEqual(JSON.parse(asked?.function.arguments ?? ''), {
      server_label: 'lab',
      name: 'weather',
      arguments: '{"city":"Oslo"}',
    })
    assert.equal(fixture.mcp.count('tools/call'), 0)
    const done = await fixture.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: [{ tool_call_id: asked?.id ?? '', output: answer }],
    })
    assert.equal(done.status, 'completed', JSON.stringify(done.last_error))
    assert.equal(fixture.mcp.count('tools/call'), made ? 1 : 0)
    const outputs = (await fixture.steps(done)).map(
      (call) => call.type === 'function' && call.function.output,
    )
    assert.deepEqual(outputs, made ? [answer, 'sunny'] : [answer])
    // The model is asked again once, with what the call has given.
    assert.equal(seen.length, 2)
    assert.match(JSON.stringify(seen[1]?.at(-1)), made ? /sunny/ : /approve|why/)
  }
})

test('approval is asked for as the entry says', async () => {
  const waits = async (require_approval: unknown) => {
    await using fixture = await createFixture({ tool: { require_approval } })
    return (await fixture.run()).status === 'requires_action'
  }
  assert.equal(await waits('always'), true)
  assert.equal(await waits({ never: { tool_names: ['weather'] } }), false)
  assert.equal(await waits({ never: { tool_names: ['other'] } }), true)
  assert.equal(await waits({ always: { tool_names: ['other'] } }), false)
  assert.equal(await waits({ always: { read_only: true } }), true)
})

test('an entry that cannot be honoured is refused', async () => {
  await using server = await startTestServer()
  const refused = (...tools: object[]) =>
    server.client.beta.assistants.create({ model: 'demo', tools: tools as never[] }).then(
      () => assert.fail('it was taken'),
      ({ status, param }: APIError) => [status, param],
    )
  const entry = { type: 'mcp', server_label: 'lab', server_url: 'https://example.com/mcp' }
  assert.deepEqual(await refused({ ...entry, server_url: 'file:///x' }), [400, 'tools[0].server_url'])
  assert.deepEqual(await refused({ ...entry, server_label: 'a b' }), [400, 'tools[0].server_label'])
  assert.deepEqual(await refused({ ...entry, connector_id: 'connector_gmail' }), [
    400,
    'tools[0].connector_id',
  ])
  assert.deepEqual(await refused({ ...entry, authorization: 'a\r\nb: c' }), [400, 'tools[0].authorization'])
  assert.deepEqual((await refused(entry, entry))[0], 400)
})
