import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tool } from '../contract/tools.ts'
import { calledTool } from './called-tool.ts'

const both: Tool[] = [{ type: 'code_interpreter' }, { type: 'file_search' }]
const functionTool = (name: string) => ({ type: 'function', function: { name } }) as Tool

for (const name of [
  'code_interpreter',
  'python',
  'ipython',
  'functions.python',
  'python.exec',
  'python<|channel|>commentary',
]) {
  test(`${name} is code interpreter where the run has it, and otherwise a function that nobody has`, () => {
    assert.equal(calledTool(both, name).type, 'code_interpreter')
    assert.deepEqual(calledTool([], name), { type: 'function', name })
  })
}

test("the caller's own functions come first, whatever a model puts around their names", () => {
  const tools = [...both, functionTool('python'), functionTool('get_weather')]
  assert.deepEqual(calledTool(tools, 'python'), { type: 'function', name: 'python' })
  assert.deepEqual(calledTool(tools, 'functions.get_weather'), { type: 'function', name: 'get_weather' })
})

test('file search is found under the names that other models were taught', () => {
  for (const name of ['file_search', 'file_search.msearch', 'msearch']) {
    assert.equal(calledTool(both, name).type, 'file_search')
  }
})
