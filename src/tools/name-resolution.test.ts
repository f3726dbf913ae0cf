import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeInterpreterNames } from './code-interpreter/definition.ts'
import { fileSearchNames } from './file-search/definition.ts'
import { calledTool, type CallableTool } from './name-resolution.ts'

const both: CallableTool[] = [
  { type: 'code_interpreter', names: ['code_interpreter'], otherNames: codeInterpreterNames },
  { type: 'file_search', names: ['file_search'], otherNames: fileSearchNames },
]
const functionTool = (...names: string[]): CallableTool => ({ type: 'function', names })

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
  const tools = [...both, functionTool('python', 'get_weather')]
  assert.deepEqual(calledTool(tools, 'python'), { type: 'function', name: 'python' })
  assert.deepEqual(calledTool(tools, 'functions.get_weather'), { type: 'function', name: 'get_weather' })
})

test('file search is found under the names that other models were taught', () => {
  for (const name of ['file_search', 'file_search.msearch', 'msearch']) {
    assert.equal(calledTool(both, name).type, 'file_search')
  }
})

for (const name of [
  'functions.f',
  'functions.f:0',
  'functions:f:12',
  'default_api.f',
  'default_api.f:1',
  'f:0',
]) {
  test(`${name} is the function f, where there is one`, () => {
    assert.deepEqual(calledTool([functionTool('f')], name), { type: 'function', name: 'f' })
    assert.deepEqual(calledTool([functionTool('g')], name), { type: 'function', name })
  })
}

test('the tools of the server are found with those signs as well', () => {
  assert.deepEqual(calledTool(both, 'functions.python:0'), {
    type: 'code_interpreter',
    name: 'code_interpreter',
  })
  assert.equal(calledTool(both, 'default_api.file_search').type, 'file_search')
})

test('a tool of the program itself is found by its own name, also where others are called so', () => {
  const python = { type: 'python', names: ['python'] }
  assert.equal(calledTool([...both, python], 'python').type, 'python')
  assert.equal(calledTool([...both, python], 'functions.python:1').type, 'python')
  assert.equal(calledTool([...both, python], 'ipython').type, 'code_interpreter')
})

test('a name that nobody has is cut where names of functions end', () => {
  assert.deepEqual(calledTool(both, 'f'.repeat(1_000_000)), { type: 'function', name: `${'f'.repeat(64)}…` })
  assert.equal(calledTool(both, 'f'.repeat(64)).name, 'f'.repeat(64))
  assert(calledTool(both, `${'f'.repeat(63)}😀`).name.isWellFormed())
})
