import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openToolSet, toolsByType, type ToolSetContext } from './tool-set.ts'
import type { EndedCall, RunTool, Tool, ToolContext } from './tool.ts'

const definition = (name: string) => ({ type: 'function' as const, name, inputSchema: {} })

interface TestTool extends Tool {
  /** The context of each time that the tool was opened. */
  opened: ToolContext[]
}

/** A tool that records its contexts. `names` are its functions. By default it has one function for each entry. */
function testTool(
  type: string,
  { otherNames, names, ...more }: Partial<RunTool> & { otherNames?: RegExp; names?: string[] } = {},
): TestTool {
  const opened: ToolContext[] = []
  return {
    type,
    opened,
    ...(otherNames && { otherNames }),
    open(context) {
      opened.push(context)
      return {
        definitions: (names ?? context.requested.map(() => type)).map(definition),
        begin: (name) => ({
          details: { calledAs: name },
          argue: () => undefined,
          settle: () => undefined,
          run: () => Promise.resolve({ toolResult: '' }),
        }),
        ...more,
      }
    },
    replay: () => ({ name: type, arguments: '{}', result: '' }),
  }
}

const context = (requested: { type: string }[], more: Partial<ToolSetContext> = {}): ToolSetContext => ({
  runId: 'run_1',
  project: 'p',
  apiKey: 'key',
  threadId: 'thread_1',
  sandbox: { id: 'thread_1', hidesFiles: false },
  model: 'm',
  contextWindow: 1_000,
  requested,
  resources: { assistant: {}, thread: {} },
  ended: () => [],
  ...more,
})

const entries = (...types: string[]) => types.map((type) => ({ type }))
const functionEntry = (name: string) => ({ type: 'function', function: { name } })

test('a tool is opened once where the run lists it, and knows only what is its own', async () => {
  const [a, b] = [testTool('a'), testTool('b')]
  const ended: EndedCall = { id: 'call_1', details: {}, toolResult: 'x', toolArguments: undefined }
  const resources = { assistant: { a: { ids: [1] }, b: { ids: [2] } }, thread: { b: { ids: [3] } } }
  const requested = [{ type: 'a', a: { size: 1 } }, functionEntry('f'), { type: 'a', a: { size: 2 } }]
  await openToolSet(
    toolsByType([a, b]),
    context(requested, { resources, ended: (type) => (type === 'a' ? [ended] : []) }),
  )
  assert.equal(b.opened.length, 0)
  assert.deepEqual(a.opened, [
    {
      ...context([]),
      requested: [requested[0], requested[2]],
      resources: { assistant: { ids: [1] }, thread: undefined },
      ended: [ended],
    },
  ])
})

test('definitions stand in the order of the request, one for each entry; a type that the server has not has none', async () => {
  const tools = toolsByType([testTool('a'), testTool('b', { names: ['b1', 'b2', 'b3'] })])
  const requested = [
    functionEntry('f'),
    { type: 'b' },
    { type: 'a' },
    { type: 'gone' },
    functionEntry('g'),
    { type: 'b' },
  ]
  const { definitions } = await openToolSet(tools, context(requested))
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ['f', 'b1', 'a', 'g', 'b2', 'b3'],
  )
})

test('a call goes to the tool whose name it has, then to the one that models call so, then to a function', async () => {
  const tools = toolsByType([testTool('a', { otherNames: /^(alpha|f)$/ }), testTool('b')])
  const set = await openToolSet(tools, context([{ type: 'a' }, functionEntry('f')]))
  const begun = (name: string) => {
    const { type, call } = set.begin(name)
    return [type, call.details]
  }
  assert.deepEqual(begun('a'), ['a', { calledAs: 'a' }])
  assert.deepEqual(begun('functions.alpha:2'), ['a', { calledAs: 'a' }])
  assert.deepEqual(begun('f:0'), ['function', { name: 'f', arguments: '', output: null }])
  assert.deepEqual(begun('b'), ['function', { name: 'b', arguments: '', output: null }])
})

test('what the server runs is told from what the caller runs and from names that nobody has', async () => {
  const set = await openToolSet(
    toolsByType([testTool('a', { otherNames: /^alpha$/ }), testTool('b')]),
    context([{ type: 'a' }, functionEntry('f')]),
  )
  assert.deepEqual(
    ['a', 'alpha', 'f', 'b', 'x'].map((name) => set.isServed(name)),
    [true, true, false, false, false],
  )
})

test('a name that nobody has is answered at once, also where the run has no tool at all', async () => {
  const set = await openToolSet(toolsByType([]), context([]))
  assert.deepEqual(set.definitions, [])
  const { type, call } = set.begin('x')
  call.settle('{}')
  assert.equal(type, 'function')
  assert.deepEqual(await call.run(() => {}, new AbortController().signal), {
    toolResult: "Error: there is no tool named 'x'.",
    error: "Error: there is no tool named 'x'.",
  })
})

test('system texts stand in the order of the server; who has nothing to say has none', async () => {
  const tools = toolsByType([
    testTool('a', { systemText: () => 'A' }),
    testTool('b', { systemText: () => '' }),
    testTool('c', { systemText: () => 'C' }),
  ])
  const set = await openToolSet(tools, context(entries('c', 'b', 'a')))
  assert.deepEqual(set.systemTexts(), [
    { source: 'a', text: 'A' },
    { source: 'c', text: 'C' },
  ])
})

test('a source is there only where a tool has it, and the first that knows it answers', async () => {
  const tools = toolsByType([
    testTool('a', { sources: { fileAt: () => undefined, beginsFile: () => false } }),
    testTool('b', { sources: { fileAt: (path) => `${path} of b`, beginsFile: (text) => text === 'b' } }),
    testTool('c', { sources: { citation: () => ({ file_id: 'f', filename: 'f.txt' }) } }),
  ])
  const { sources } = await openToolSet(tools, context(entries('a', 'b')))
  assert.equal(sources.citation, undefined)
  assert.equal(sources.fileAt?.('x'), 'x of b')
  assert.deepEqual([sources.beginsFile?.('b'), sources.beginsFile?.('a')], [true, false])
  const cites = await openToolSet(tools, context(entries('c')))
  assert.deepEqual(Object.keys(cites.sources), ['citation'])
})

test('every tool is waited for, and one that cannot wait says why', async () => {
  const waited: string[] = []
  const ready = (name: string) => async (signal: AbortSignal) => {
    signal.throwIfAborted()
    waited.push(name)
  }
  const tools = toolsByType([
    testTool('a', { ready: ready('a') }),
    testTool('b'),
    testTool('c', { ready: ready('c') }),
  ])
  const set = await openToolSet(tools, context(entries('a', 'b', 'c')))
  await set.ready(new AbortController().signal)
  assert.deepEqual(waited, ['a', 'c'])
  await assert.rejects(set.ready(AbortSignal.abort(new Error('stopped'))), { message: 'stopped' })
})

test('ways to read are those of the tool that is meant, none where the run has it not', async () => {
  const tools = toolsByType([
    testTool('a', { waysToRead: (ids) => Promise.resolve(new Map(ids.map((id) => [id, `a reads ${id}`]))) }),
    testTool('b'),
  ])
  const set = await openToolSet(tools, context(entries('a', 'b')))
  assert.deepEqual(await set.waysToRead('a', ['x']), new Map([['x', 'a reads x']]))
  assert.deepEqual(await set.waysToRead('b', ['x']), new Map())
  assert.deepEqual(await set.waysToRead('c', ['x']), new Map())
})
