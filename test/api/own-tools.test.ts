import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type OpenAI from 'openai'
import { scripted, type Script, type ScriptedTurn } from '../../src/models/scripted.ts'
import type { OwnTool, OwnToolCall } from '../../src/tools/own-tool.ts'
import { code } from '../code-server.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { executeSql, order, readEvents, until, type SeenEvent } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** A tool that does what a test says. */
const dice = (run: OwnTool['run'] = () => 'You threw a 4.'): OwnTool => ({
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: { sides: { type: 'integer' } } },
  run,
})

/** What requests name it by; the official types know the tools of the API only. */
const withDice = { type: 'dice' } as never
const throwDice = (given: unknown = { sides: 6 }): ScriptedTurn => ({
  toolCalls: [{ name: 'dice', arguments: given }],
})
const look = { type: 'function', function: { name: 'look' } } as const

interface Setting {
  script: Script
  tools: OwnTool[] | undefined
  dataDir?: string
  env?: Record<string, string>
  /** Of the assistant. */
  listed?: OpenAI.Beta.AssistantCreateParams['tools']
}

/** A server with these tools, an assistant that lists some, and a thread in which the user said something. */
async function createFixture({ script, tools, dataDir, env, listed = [withDice] }: Setting) {
  const model = scripted(script)
  const server = await startTestServer({
    models: { scripted: model },
    ...(tools && { tools }),
    ...(dataDir !== undefined && { dataDir }),
    ...(env && { env }),
  })
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'scripted', tools: tools ? listed : [] })
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Throw it' }] })
  return {
    ...server,
    model,
    assistants,
    threads,
    assistant,
    thread,
    start: (params: object = {}) => threads.runs.create(thread.id, { assistant_id: assistant.id, ...params }),
    finish: (params: object = {}) =>
      threads.runs.createAndPoll(
        thread.id,
        { assistant_id: assistant.id, ...params },
        { pollIntervalMs: 20 },
      ),
    async stream() {
      const response = await fetch(`${server.url}/v1/threads/${thread.id}/runs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ assistant_id: assistant.id, stream: true }),
      })
      return readEvents(response)
    },
    /** Oldest first. */
    steps: async (runId: string) =>
      (await threads.runs.steps.list(runId, { thread_id: thread.id, order: 'asc' })).data,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** The calls of a step, as JSON: the official types know nothing of them. */
const callsOf = (step: { step_details: unknown } | undefined) =>
  (step?.step_details as { tool_calls: Record<string, unknown>[] }).tool_calls

/** The calls and results in a prompt, each as the model is told of it. */
function toldOf(model: ReturnType<typeof scripted>, call: number) {
  return (model.calls[call]?.prompt ?? []).flatMap((message): unknown[] => {
    if (message.role === 'assistant')
      return message.content.flatMap((part) =>
        part.type === 'tool-call' ? [{ [part.toolName]: part.input }] : [],
      )
    if (message.role !== 'tool') return []
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'text' ? [part.output.value] : [],
    )
  })
}

/** A promise that a test keeps open, and the signals of those who wait for it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<string>()
  const entered = Promise.withResolvers<OwnToolCall>()
  return {
    open: resolve,
    entered: entered.promise,
    pass: (call: OwnToolCall) => {
      entered.resolve(call)
      return promise
    },
  }
}

suite('requests name a tool by its type', () => {
  test('assistants take it with any settings and show it as it was given', async () => {
    await using s = await createFixture({ script: [], tools: [dice()] })
    assert.deepEqual(s.assistant.tools, [{ type: 'dice' }])
    for (const settings of [{ sides: 6, names: [null, { a: 1.5 }] }, {}, [], 'six', 6, false, null]) {
      const listed = [{ type: 'code_interpreter' }, { type: 'dice', dice: settings }, look] as never
      const changed = await s.assistants.update(s.assistant.id, { tools: listed })
      assert.deepEqual(changed.tools.slice(0, 2), [
        { type: 'code_interpreter' },
        { type: 'dice', dice: settings },
      ])
      const read = await s.assistants.retrieve(s.assistant.id)
      assert.deepEqual(read.tools, changed.tools)
    }
    const cleared = await s.assistants.update(s.assistant.id, { tools: [] })
    assert.deepEqual(cleared.tools, [])
  })

  test('runs take it, and can be told to call it', async () => {
    await using s = await createFixture({
      script: (_prompt, at) => (at % 2 === 0 ? throwDice() : { text: 'A 4.' }),
      tools: [dice()],
      listed: [],
    })
    const asked = { tools: [{ type: 'dice', dice: { sides: 6 } }], tool_choice: { type: 'dice' } }
    const run = await s.finish(asked)
    const { tools, tool_choice } = run
    assert.deepEqual({ tools, tool_choice }, asked as never)
    assert.equal(run.status, 'completed')
    assert.deepEqual(s.model.calls[0]?.toolChoice, { type: 'tool', toolName: 'dice' })
    assert.deepEqual(
      s.model.calls[0]?.tools?.map(({ name }) => name),
      ['dice'],
    )
    const both = await s.threads.createAndRunPoll(
      {
        assistant_id: s.assistant.id,
        thread: { messages: [{ role: 'user', content: 'Again' }] },
        ...(asked as object),
      },
      { pollIntervalMs: 20 },
    )
    assert.equal(both.status, 'completed')
    assert.deepEqual(both.tools, asked.tools)
    await assert.rejects(s.start({ tool_choice: asked.tool_choice }), {
      status: 400,
      param: 'tool_choice',
      message: "400 Invalid value for 'tool_choice': tool 'dice' was not found in 'tools'.",
    })
  })

  const faults: [what: string, given: object, message: string][] = [
    ['a field beside its settings', { type: 'dice', sides: 6 }, "Unknown parameter: 'tools[0].sides'."],
    [
      'another type',
      { type: 'coin' },
      "Invalid value: 'coin'. Supported values are: 'code_interpreter', 'file_search', 'function', 'mcp', and 'dice'.",
    ],
  ]
  for (const [what, given, message] of faults)
    test(`${what} is refused`, async () => {
      await using s = await createFixture({ script: [], tools: [dice()] })
      await assert.rejects(s.assistants.create({ model: 'scripted', tools: [given as never] }), {
        status: 400,
        message: `400 ${message}`,
      })
    })

  test('two tools of one name are refused, a function among them', async () => {
    await using s = await createFixture({ script: [], tools: [dice()] })
    const same = { type: 'function', function: { name: 'dice' } } as const
    for (const listed of [
      [withDice, withDice],
      [withDice, same],
    ])
      await assert.rejects(s.assistants.create({ model: 'scripted', tools: listed }), {
        status: 400,
        message: "400 Invalid 'tools[1]': there is another tool named 'dice'.",
      })
  })

  test('a server without the tool refuses its type as any other word', async () => {
    await using s = await createFixture({ script: [], tools: undefined })
    const refusal = (param: string) => ({
      status: 400,
      code: 'invalid_value',
      param,
      message:
        "400 Invalid value: 'dice'. Supported values are: 'code_interpreter', 'file_search', 'function', and 'mcp'.",
    })
    await assert.rejects(
      s.assistants.create({ model: 'scripted', tools: [withDice] }),
      refusal('tools[0].type'),
    )
    await assert.rejects(s.assistants.update(s.assistant.id, { tools: [withDice] }), refusal('tools[0].type'))
    await assert.rejects(s.start({ tools: [withDice] }), refusal('tools[0].type'))
    await assert.rejects(s.start({ tool_choice: withDice }), { status: 400, code: 'invalid_value' })
    await assert.rejects(
      s.threads.createAndRun({ assistant_id: s.assistant.id, tools: [withDice] }),
      refusal('tools[0].type'),
    )
  })
})

suite('a run uses it', () => {
  test('the step shows arguments and output, and the model is told of both in the run and in later ones', async () => {
    const given: OwnToolCall[] = []
    await using s = await createFixture({
      script: [throwDice({ sides: 20 }), { text: 'A 4.' }, { text: 'Still a 4.' }],
      tools: [
        dice((call) => {
          given.push(call)
          return 'You threw a 4.'
        }),
      ],
      listed: [{ type: 'dice', dice: { colour: 'red' } } as never],
    })
    const run = await s.finish()
    assert.equal(run.status, 'completed')
    const [step] = await s.steps(run.id)
    const [call] = callsOf(step)
    assert.match(String(call?.['id']), /^call_/)
    assert.deepEqual(call, {
      id: call?.['id'],
      type: 'dice',
      dice: { arguments: '{"sides":20}', output: 'You threw a 4.' },
    })
    assert.deepEqual([step?.type, step?.status], ['tool_calls', 'completed'])
    const one = await s.threads.runs.steps.retrieve(step?.id ?? '', {
      thread_id: s.thread.id,
      run_id: run.id,
      include: ['step_details.tool_calls[*].file_search.results[*].content'],
    })
    assert.deepEqual(callsOf(one), [call])
    const [{ signal, show, ...rest } = assert.fail('the tool was not called')] = given
    assert.deepEqual(rest, {
      arguments: { sides: 20 },
      settings: { colour: 'red' },
      threadId: s.thread.id,
      runId: run.id,
    })
    assert.deepEqual([typeof show, signal.aborted], ['function', false])

    const told = [{ dice: { sides: 20 } }, 'You threw a 4.']
    assert.deepEqual(toldOf(s.model, 1), told)
    await s.finish()
    assert.deepEqual(toldOf(s.model, 2), told)
  })

  test('a stream gives the arguments and the output as they come, and adds up to the step', async () => {
    await using s = await createFixture({
      script: [throwDice('{"sides": 6}'), { text: 'A 4.' }],
      tools: [
        dice(({ show }) => {
          show('You threw')
          show(' a 4.')
          return 'You threw a 4. Well done.'
        }),
      ],
    })
    const events = await s.stream()
    assert.deepEqual(order(events), [
      'thread.run.created',
      'thread.run.queued',
      'thread.run.in_progress',
      'thread.run.step.created',
      'thread.run.step.in_progress',
      'thread.run.step.delta',
      'thread.run.step.completed',
      'thread.run.step.created',
      'thread.run.step.in_progress',
      'thread.message.created',
      'thread.message.in_progress',
      'thread.message.delta',
      'thread.message.completed',
      'thread.run.step.completed',
      'thread.run.completed',
      'done',
    ])
    const deltas = deltasOf(events)
    const [first] = deltas
    assert.match(first.id, /^call_/)
    assert.deepEqual(first, { index: 0, id: first.id, type: 'dice', dice: { arguments: '', output: null } })
    assert.ok(deltas.slice(1).every((delta) => delta.id === undefined && delta.type === 'dice'))
    const joined = (name: string) => deltas.map((delta) => delta.dice[name] ?? '').join('')
    const [call] = callsOf(events.find(({ event }) => event === 'thread.run.step.completed')?.data)
    assert.deepEqual(call?.['dice'], {
      arguments: joined('arguments'),
      output: joined('output'),
    })
    assert.equal(joined('output'), 'You threw a 4. Well done.')
    const outputs = deltas.flatMap((delta) => delta.dice.output ?? [])
    assert.deepEqual(outputs, ['You threw', ' a 4.', ' Well done.'])
  })

  test('the stream helper of the official client tells of a call and gathers its deltas', async () => {
    await using s = await createFixture({
      script: [throwDice({ sides: 6 }), { text: 'A 4.' }],
      tools: [dice()],
    })
    const created: string[] = []
    const done: Record<string, unknown>[] = []
    const stream = s.threads.runs
      .stream(s.thread.id, { assistant_id: s.assistant.id })
      .on('toolCallCreated', (call) => created.push(call.type))
      .on('toolCallDone', (call) => done.push({ ...call }))
    const steps = await stream.finalRunSteps()
    assert.deepEqual(created, ['dice'])
    const stored = callsOf((await s.steps(steps[0]?.run_id ?? ''))[0])
    assert.deepEqual(callsOf(steps[0]), stored)
    assert.deepEqual(
      done.map(({ index: _index, ...call }) => call),
      stored,
    )
    assert.deepEqual(stored[0]?.['dice'], { arguments: '{"sides":6}', output: 'You threw a 4.' })
  })

  const tellings: [what: string, run: OwnTool['run'], given: unknown, output: string][] = [
    [
      'one that throws',
      () => {
        throw new Error('the dice rolled off the table')
      },
      {},
      'Error: the dice rolled off the table',
    ],
    ['one that rejects', () => Promise.reject(new TypeError('no dice')), {}, 'Error: no dice'],
    ['one that gives no text', () => 4 as never, {}, 'Error: dice gave no text.'],
    ['one that gives nothing', () => undefined as never, {}, 'Error: dice gave no text.'],
    ['one that gives what no database takes', () => 'a\0b\ud800', {}, 'a\uFFFDb\uFFFD'],
    ['one that throws no error', () => Promise.reject('no dice'), {}, 'Error: no dice'],
    ['one that gives an empty text', () => '', {}, ''],
    [
      'one that shows something else than it answers',
      ({ show }) => {
        show('rolling')
        return 'You threw a 4.'
      },
      {},
      'You threw a 4.',
    ],
    [
      'broken JSON',
      () => assert.fail('it is not to run'),
      '{"sides": }}}',
      'Error: the arguments of dice are no valid JSON. Nothing was run.',
    ],
  ]
  for (const [what, run, given, output] of tellings)
    test(`${what}: the model is told, and the run goes on`, async () => {
      await using s = await createFixture({
        script: [throwDice(given), { text: 'Well.' }],
        tools: [dice(run)],
      })
      const ended = await s.finish()
      assert.equal(ended.status, 'completed')
      const [step] = await s.steps(ended.id)
      const [call] = callsOf(step)
      assert.deepEqual(call?.['dice'], {
        arguments: typeof given === 'string' ? given : JSON.stringify(given),
        output,
      })
      assert.equal(toldOf(s.model, 1)[1], output)
    })

  test('several calls in one turn are run one after another, beside a function and the code interpreter', async () => {
    let running = 0
    const seen: number[] = []
    const count = async ({ arguments: given }: OwnToolCall) => {
      seen.push(++running)
      await new Promise(setImmediate)
      running--
      return `threw ${JSON.stringify(given)}`
    }
    const program = code('print(6 * 7)').toolCalls ?? []
    const calls = [
      { name: 'dice', arguments: { sides: 1 } },
      { name: 'look', arguments: { at: 'it' } },
      ...program,
      { name: 'dice', arguments: { sides: 2 } },
    ]
    await using s = await createFixture({
      script: [{ toolCalls: calls }, { text: 'Done.' }],
      tools: [dice(count)],
      env: { THREADMILL_CODE_INTERPRETER: 'auto' },
      listed: [look, withDice, { type: 'code_interpreter' }],
    })
    await s.server.sandbox
    const waiting = await s.finish()
    assert.equal(waiting.status, 'requires_action')
    const asked = waiting.required_action?.submit_tool_outputs.tool_calls ?? []
    assert.deepEqual(
      asked.map((call) => call.function),
      [{ name: 'look', arguments: '{"at":"it"}' }],
    )
    const run = await s.threads.runs.submitToolOutputsAndPoll(
      waiting.id,
      { thread_id: s.thread.id, tool_outputs: [{ tool_call_id: asked[0]?.id ?? '', output: 'nothing' }] },
      { pollIntervalMs: 20 },
    )
    assert.equal(run.status, 'completed')
    const [step] = await s.steps(run.id)
    assert.deepEqual(
      callsOf(step).map(({ id: _id, ...call }) => call),
      [
        { type: 'dice', dice: { arguments: '{"sides":1}', output: 'threw {"sides":1}' } },
        { type: 'function', function: { name: 'look', arguments: '{"at":"it"}', output: 'nothing' } },
        {
          type: 'code_interpreter',
          code_interpreter: { input: 'print(6 * 7)', outputs: [{ type: 'logs', logs: '42\n' }] },
        },
        { type: 'dice', dice: { arguments: '{"sides":2}', output: 'threw {"sides":2}' } },
      ],
    )
    assert.deepEqual(seen, [1, 1])
    assert.deepEqual(toldOf(s.model, 1), [
      { dice: { sides: 1 } },
      { look: { at: 'it' } },
      { code_interpreter: { code: 'print(6 * 7)' } },
      { dice: { sides: 2 } },
      'threw {"sides":1}',
      'nothing',
      '42\n',
      'threw {"sides":2}',
    ])
  })

  test('the built-in demo model calls it and says what it gave', async () => {
    await using s = await createFixture({ script: [], tools: [dice()] })
    const assistant = await s.assistants.create({ model: 'demo', tools: [withDice] })
    const run = await s.finish({ assistant_id: assistant.id, tool_choice: { type: 'dice' } })
    assert.equal(run.status, 'completed')
    const [step] = await s.steps(run.id)
    assert.equal((callsOf(step)[0]?.['dice'] as { output: string }).output, 'You threw a 4.')
    const [message] = (await s.threads.messages.list(s.thread.id)).data
    assert.match(JSON.stringify(message?.content), /You threw a 4/)
  })
})

suite('one that does not come to an end', () => {
  test('is told to stop when its run is cancelled, and what it answers then is dropped', async () => {
    const { pass, entered, open } = gate()
    await using s = await createFixture({ script: [throwDice()], tools: [dice(pass)] })
    const run = await s.start()
    const { signal, show } = await entered
    await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
    const ended = await until(async () => {
      const found = await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })
      return found.status === 'cancelled' && found
    })
    assert.equal(signal.aborted, true)
    show('too late')
    open('too late')
    const [step] = await s.steps(ended.id)
    assert.equal(step?.status, 'cancelled')
    assert.deepEqual(callsOf(step)[0]?.['dice'], { arguments: '{"sides":6}', output: null })
  })

  test('ends with its run when that expires', async () => {
    const { pass, entered } = gate()
    await using s = await createFixture({ script: [throwDice()], tools: [dice(pass)] })
    const run = await s.start()
    const { signal } = await entered
    await executeSql(s, 'update runs set expires_at = 1 where id = ?', run.id)
    const ended = await until(async () => {
      const found = await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })
      return found.status === 'expired' && found
    })
    const stopped = await until(async () => signal.aborted)
    assert.ok(stopped)
    const [step] = await s.steps(ended.id)
    assert.equal(step?.status, 'expired')
  })
})

suite('a server that was started again without the tool', () => {
  test('shows what was, tells models of the old calls, and goes on without it', async () => {
    using folder = temporaryFolder()
    const before = await createFixture({
      script: [throwDice({ sides: 20 }), { text: 'A 4.' }],
      tools: [dice()],
      dataDir: folder.path,
    })
    const { assistant, thread, apiKey: _key } = before
    const run = await before.finish({ tool_choice: { type: 'dice' } })
    const steps = await before.steps(run.id)
    await before[Symbol.asyncDispose]()

    const model = scripted([{ text: 'It was a 4.' }])
    await using server = await startTestServer({ models: { scripted: model }, dataDir: folder.path })
    const { assistants, threads } = server.client.beta
    assert.deepEqual((await assistants.retrieve(assistant.id)).tools, [{ type: 'dice' }])
    const list = await threads.runs.steps.list(run.id, { thread_id: thread.id, order: 'asc' })
    assert.deepEqual(list.data, steps)
    const after = await threads.runs.createAndPoll(
      thread.id,
      { assistant_id: assistant.id },
      { pollIntervalMs: 20 },
    )
    assert.equal(after.status, 'completed')
    assert.deepEqual(toldOf(model, 0), [{ dice: { sides: 20 } }, 'You threw a 4.'])
    assert.equal(model.calls[0]?.tools, undefined)
  })

  test('does not tell the model to call it', async () => {
    using folder = temporaryFolder()
    const { pass, entered } = gate()
    const before = await createFixture({
      script: [throwDice()],
      tools: [dice(pass)],
      dataDir: folder.path,
      listed: [look],
    })
    const { thread } = before
    const run = await before.start({ tools: [withDice, look], tool_choice: { type: 'dice' } })
    await entered
    await before[Symbol.asyncDispose]()

    const model = scripted([{ text: 'I have no dice any more.' }])
    await using server = await startTestServer({ models: { scripted: model }, dataDir: folder.path })
    const { runs } = server.client.beta.threads
    const after = await runs.poll(run.id, { thread_id: thread.id }, { pollIntervalMs: 20 })
    assert.equal(after.status, 'completed')
    assert.deepEqual(model.calls[0]?.toolChoice, { type: 'auto' })
    assert.deepEqual(
      model.calls[0]?.tools?.map(({ name }) => name),
      ['look'],
    )
  })
})

const deltasOf = (events: SeenEvent[]) =>
  events
    .filter(({ event }) => event === 'thread.run.step.delta')
    .flatMap(({ data }) => data.delta.step_details.tool_calls)

test('through the other door a call is one of a function with its output, which can be sent back', async () => {
  await using s = await createFixture({
    script: (_prompt, index) => (index === 0 ? throwDice() : { text: 'A 4.' }),
    tools: [dice()],
  })
  await s.finish()
  const id = s.thread.id.replace('thread_', 'conv_')
  const { data: items } = await s.client.conversations.items.list(id, { order: 'asc' })
  const [, call, output] = items as unknown as Record<string, unknown>[]
  assert.deepEqual(
    items.map(({ type }) => type),
    ['message', 'function_call', 'function_call_output', 'message'],
  )
  assert.deepEqual([call?.['name'], call?.['arguments']], ['dice', '{"sides":6}'])
  assert.deepEqual([output?.['call_id'], output?.['output']], [call?.['call_id'], 'You threw a 4.'])
  const input = [...items, { role: 'user' as const, content: 'Again?' }] as OpenAI.Responses.ResponseInput
  const response = await s.client.responses.create({ model: 'scripted', input })
  assert.equal(response.output_text, 'A 4.')
})
