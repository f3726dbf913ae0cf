import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownTool, type OwnTool, type OwnToolCall } from './own-tool.ts'
import type { Delta, ToolContext } from './tool.ts'

const parameters = { type: 'object', properties: { sides: { type: 'integer' } } }
const dice = (run: OwnTool['run'] = () => '4'): OwnTool => ({
  type: 'dice',
  description: 'Throws a dice.',
  parameters,
  run,
})

/** Makes one call from begin to end. Returns what clients are shown, the final details, and the outcome. */
async function callOf(tool: OwnTool, argumentsText: string, signal = new AbortController().signal) {
  const context = {
    runId: 'run_1',
    threadId: 'thread_1',
    sandbox: { id: 'thread_1', hidesFiles: false },
    requested: [{ type: 'dice', dice: { colour: 'red' } }],
  } as unknown as ToolContext<never>
  const call = (await ownTool(tool).open(context)).begin('dice')
  const shown: (Delta | undefined)[] = []
  const middle = argumentsText.length / 2
  for (const piece of [argumentsText.slice(0, middle), argumentsText.slice(middle)]) {
    shown.push(call.argue(piece))
  }
  shown.push(call.settle(argumentsText))
  const outcome = await call.run((delta) => shown.push(delta), signal)
  return { shown: shown.filter((delta) => delta !== undefined), details: call.details, outcome }
}

test('the model is offered one function, with the name of the type', async () => {
  const { definitions } = await ownTool(dice()).open({ requested: [{ type: 'dice' }] } as never)
  assert.deepEqual(definitions, [
    { type: 'function', name: 'dice', description: 'Throws a dice.', inputSchema: parameters },
  ])
})

test('it is given the arguments, the settings of the request and where it works', async () => {
  let given: Partial<OwnToolCall> = {}
  const run = (call: OwnToolCall) => {
    given = call
    return '4'
  }
  await callOf(dice(run), '{"sides": 6,}')
  const { arguments: asked, settings, runId, threadId } = given
  assert.deepEqual(
    { asked, settings, runId, threadId },
    { asked: { sides: 6 }, settings: { colour: 'red' }, runId: 'run_1', threadId: 'thread_1' },
  )
  await callOf(dice(run), '')
  assert.deepEqual(given.arguments, {})
})

test('arguments and output are shown as they come; what is answered is the output and what the model is told', async () => {
  const { shown, details, outcome } = await callOf(
    dice(({ show }) => {
      show('rolling… ')
      show('')
      return 'rolling… 4'
    }),
    '{"sides": 6}',
  )
  assert.deepEqual(shown, [
    { arguments: '{"side' },
    { arguments: 's": 6}' },
    { output: 'rolling… ' },
    { output: '4' },
  ])
  assert.deepEqual(details, { arguments: '{"sides": 6}', output: 'rolling… 4' })
  assert.deepEqual(outcome, { toolResult: 'rolling… 4' })
})

test('an answer that does not begin with what was shown takes its place', async () => {
  const { shown, details, outcome } = await callOf(
    dice(({ show }) => {
      show('wait')
      return '4'
    }),
    '{}',
  )
  assert.deepEqual(shown.at(-1), { output: 'wait' })
  assert.equal((details as { output: string }).output, '4')
  assert.deepEqual(outcome, { toolResult: '4' })
})

test('an empty output is one', async () => {
  const { details, outcome } = await callOf(
    dice(() => ''),
    '{}',
  )
  assert.deepEqual([details, outcome], [{ arguments: '{}', output: '' }, { toolResult: '' }])
})

test('what it throws, gives that is no text, or cannot read is told to the model', async () => {
  const fails = dice(() => Promise.reject(new Error('the dice fell off the table')))
  assert.deepEqual((await callOf(fails, '{}')).outcome, { toolResult: 'Error: the dice fell off the table' })
  const gives4 = dice((() => 4) as unknown as OwnTool['run'])
  assert.deepEqual((await callOf(gives4, '{}')).outcome, { toolResult: 'Error: dice gave no text.' })
  const unread = await callOf(dice(), '{"sides": ')
  assert.deepEqual(unread.outcome, {
    toolResult: 'Error: the arguments of dice are no valid JSON. Nothing was run.',
  })
  assert.equal(
    (unread.details as { output: string }).output,
    'Error: the arguments of dice are no valid JSON. Nothing was run.',
  )
})

test('a run that is stopped hears nothing more of it', async () => {
  const stop = new AbortController()
  const shown: Delta[] = []
  const tool = ownTool(
    dice(({ show }) => {
      stop.abort(new Error('cancelled'))
      show('4')
      throw new Error('stopped')
    }),
  )
  const call = (await tool.open({ requested: [{ type: 'dice' }] } as never)).begin('dice')
  call.settle('{}')
  await assert.rejects(async () => call.run((delta) => shown.push(delta), stop.signal), {
    message: 'cancelled',
  })
  assert.deepEqual(shown, [])
})

test('later prompts have its arguments and its output', () => {
  const ended = {
    id: 'call_1',
    details: { arguments: '{"sides": 6}', output: '4' },
    toolResult: undefined,
    toolArguments: undefined,
  }
  for (const own of [true, false]) {
    assert.deepEqual(ownTool(dice()).replay(ended, own), {
      name: 'dice',
      arguments: '{"sides": 6}',
      result: '4',
    })
  }
})

test('a tool gets a copy of its settings: the run keeps what it was asked', async () => {
  const requested = [{ type: 'dice', dice: { sides: 6 } }]
  const tool = ownTool({
    type: 'dice',
    description: 'Throws dice.',
    parameters: { type: 'object' },
    run({ settings }) {
      Object.assign(settings as object, { sides: 7 })
      return 'ok'
    },
  })
  const context = {
    runId: 'run_1',
    project: 'p',
    apiKey: 'key',
    threadId: 'thread_1',
    sandbox: { id: 'thread_1', hidesFiles: false },
    model: 'm',
    contextWindow: 1_000,
    requested,
    resources: { assistant: undefined, thread: undefined },
    ended: [],
  }
  const work = await tool.open(context)
  assert.deepEqual(await work.begin('dice').run(() => {}, new AbortController().signal), { toolResult: 'ok' })
  assert.deepEqual(requested, [{ type: 'dice', dice: { sides: 6 } }])
})

for (const thrown of [
  Object.create(null),
  Object.assign(new Error('x'), { message: Symbol('s') }),
  undefined,
]) {
  test('what a tool throws without a text is told to the model all the same', async () => {
    const tool = ownTool({
      type: 'dice',
      description: 'Throws dice.',
      parameters: { type: 'object' },
      run() {
        throw thrown
      },
    })
    const work = await tool.open({
      runId: 'run_1',
      project: 'p',
      apiKey: 'key',
      threadId: 'thread_1',
      sandbox: { id: 'thread_1', hidesFiles: false },
      model: 'm',
      contextWindow: 1_000,
      requested: [{ type: 'dice' }],
      resources: { assistant: undefined, thread: undefined },
      ended: [],
    })
    const outcome = await work.begin('dice').run(() => {}, new AbortController().signal)
    assert.deepEqual(outcome, { toolResult: 'Error: dice failed.' })
  })
}
