import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CodeInterpreterOutput } from '../../contract/run-steps.ts'
import type { Delta } from '../tool.ts'
import { codeInterpreterCall } from './call.ts'

const never = new AbortController().signal
const idle = () => codeInterpreterCall(() => assert.fail('nothing is to be run'))

test('the program is shown while its arguments arrive', () => {
  const call = idle()
  assert.deepEqual(call.details, { input: '', outputs: [] })
  assert.equal(call.argue('{"co'), undefined)
  assert.deepEqual(call.argue('de": "print('), { input: 'print(' })
  assert.deepEqual(call.settle('{"code": "print(1)"}'), { input: '1)' })
  assert.equal(call.details.input, 'print(1)')
  assert.equal(call.toolArguments, undefined)
})

test('a program that ends otherwise than it began is shown as it is run', async () => {
  const ran: string[] = []
  const call = codeInterpreterCall(async (code) => {
    ran.push(code)
    return 'done'
  })
  call.argue('{"code": "a = ')
  assert.equal(call.settle('{"code": "b = 2"}'), undefined)
  assert.equal(call.details.input, 'b = 2')
  assert.deepEqual(await call.run(() => {}, never), { toolResult: 'done' })
  assert.deepEqual(ran, ['b = 2'])
})

test('arguments without a program are shown and kept as they are, and the model is told what is wrong', async () => {
  const call = idle()
  call.argue('{"code": ')
  assert.deepEqual(call.settle('{"code": '), { input: '{"code": ' })
  assert.deepEqual([call.details.input, call.toolArguments], ['{"code": ', '{"code": '])
  const outcome = await call.run(() => {}, never)
  assert.match(
    'toolResult' in outcome ? outcome.toolResult : '',
    /^Error: the arguments with the parameter 'code' are no valid JSON\./,
  )
  const empty = idle()
  assert.equal(empty.settle(''), undefined)
  assert.equal(empty.toolArguments, '')
  assert.match(JSON.stringify(await empty.run(() => {}, never)), /'code' is missing/)
})

test('what has been shown of a program that then cannot be read stays', () => {
  const call = idle()
  assert.deepEqual(call.argue('{"code": "pri'), { input: 'pri' })
  assert.equal(call.settle('{"code": "pri'), undefined)
  assert.deepEqual([call.details.input, call.toolArguments], ['pri', '{"code": "pri'])
})

test('texts that follow one another grow one output; a picture stands by itself', async () => {
  const outputs: CodeInterpreterOutput[] = [
    { type: 'logs', logs: 'a' },
    { type: 'logs', logs: 'b' },
    { type: 'image', image: { file_id: 'file-1' } },
    { type: 'logs', logs: 'c' },
  ]
  const call = codeInterpreterCall(async (_code, { show }) => {
    for (const output of outputs) show(output)
    return 'told'
  })
  call.settle('{"code": "x"}')
  const shown: Delta[] = []
  await call.run((delta) => shown.push(delta), never)
  assert.deepEqual(shown, [
    { outputs: [{ index: 0, type: 'logs', logs: 'a' }] },
    { outputs: [{ index: 0, type: 'logs', logs: 'b' }] },
    { outputs: [{ index: 1, type: 'image', image: { file_id: 'file-1' } }] },
    { outputs: [{ index: 2, type: 'logs', logs: 'c' }] },
  ])
  assert.deepEqual(call.details.outputs, [
    { type: 'logs', logs: 'ab' },
    { type: 'image', image: { file_id: 'file-1' } },
    { type: 'logs', logs: 'c' },
  ])
})
