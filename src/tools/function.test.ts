import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionTool } from './function.ts'
import type { ToolContext } from './tool.ts'

const open = (...functions: object[]) =>
  functionTool.open({
    requested: functions.map((one) => ({ type: 'function', function: one })),
  } as unknown as ToolContext<never>)

const never = new AbortController().signal

test('each function is offered as it was given, one without parameters with an empty object', async () => {
  const parameters = { type: 'object', properties: { x: {} } }
  const { definitions } = await open({ name: 'f' }, { name: 'g', description: 'G', parameters, strict: true })
  assert.deepEqual(definitions, [
    { type: 'function', name: 'f', inputSchema: { type: 'object', properties: {} } },
    { type: 'function', name: 'g', description: 'G', inputSchema: parameters, strict: true },
  ])
})

test('a call shows its arguments as they arrive and waits for its caller', async () => {
  const call = (await open({ name: 'f' })).begin('f')
  assert.deepEqual(call.details, { name: 'f', arguments: '', output: null })
  assert.deepEqual(call.argue('{"a"'), { arguments: '{"a"' })
  assert.equal(call.argue(''), undefined)
  assert.deepEqual(call.settle('{"a": 1}'), { arguments: ': 1}' })
  assert.deepEqual(await call.run(() => {}, never), { waitsFor: { name: 'f', arguments: '{"a": 1}' } })
  assert.deepEqual(call.details, { name: 'f', arguments: '{"a": 1}', output: null })
})

test('arguments that end otherwise than they began are shown as they ended; none are an empty object', async () => {
  const functions = await open({ name: 'f' })
  const call = functions.begin('f')
  call.argue('{"a": 2')
  assert.equal(call.settle('{"b": 3}'), undefined)
  assert.equal((call.details as { arguments: string }).arguments, '{"b": 3}')
  const empty = functions.begin('f')
  assert.equal(empty.settle(''), undefined)
  assert.deepEqual(await empty.run(() => {}, never), { waitsFor: { name: 'f', arguments: '{}' } })
})

test('a function that the run does not have is answered at once', async () => {
  const call = (await open({ name: 'f' })).begin('h')
  call.settle('{}')
  const toolResult = "Error: there is no tool named 'h'."
  assert.deepEqual(await call.run(() => {}, never), { toolResult, error: toolResult })
  assert.deepEqual(call.details, { name: 'h', arguments: '{}', output: toolResult })
})

test('later prompts have the output that the caller gave', () => {
  const details = { name: 'f', arguments: '{"a": 1}', output: 'yes' }
  const ended = { id: 'call_1', details, toolResult: undefined, toolArguments: undefined }
  assert.deepEqual(functionTool.replay(ended, false), { name: 'f', arguments: '{"a": 1}', result: 'yes' })
  const open = { ...ended, details: { ...details, output: null } }
  assert.equal(functionTool.replay(open, true).result, '')
})
