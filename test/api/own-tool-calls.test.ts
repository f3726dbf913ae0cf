import { callStep, messageStep, runBegins, runCompletes } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type OpenAI from 'openai'
import type { OwnTool, OwnToolCall } from '../../src/tools/own-tool.ts'
import { code } from '../code-server.ts'
import { order, type SeenEvent } from '../runs.ts'
import { callsOf, createFixture, dice, look, throwDice, toldOf, withDice } from './own-tools-fixture.ts'

const deltasOf = (events: SeenEvent[]) =>
  events
    .filter(({ event }) => event === 'thread.run.step.delta')
    .flatMap(({ data }) => data.delta.step_details.tool_calls)

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
    assert.deepEqual(order(events), [...runBegins, ...callStep, ...messageStep, ...runCompletes])
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
