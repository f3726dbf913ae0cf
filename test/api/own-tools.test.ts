import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { executeSql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { callsOf, createFixture, dice, gate, look, throwDice, toldOf, withDice } from './own-tools-fixture.ts'

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
