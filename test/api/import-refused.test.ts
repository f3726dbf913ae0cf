import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { temporaryFolder, withoutDiscovery } from '../acceptance/child.ts'
import { compileCache } from '../compile-cache.ts'
import { importJson, list, threadmill, write } from '../transfer.ts'
import { environmentOf } from '../database.ts'
import {
  assistantId,
  fileId,
  storeId,
  signs,
  messageId,
  assistant,
  thread,
  message,
  file,
  content,
  step,
  textsOf,
  numbers,
} from './imported-objects.ts'

/** Runs the program with this on its standard input. */
async function piping(dataDir: string, args: string[], input: string) {
  const child = spawn(process.execPath, ['src/main.ts', ...args, '--data-dir', dataDir], {
    env: { ...compileCache, THREADMILL_CONFIG: withoutDiscovery, ...(await environmentOf(dataDir)) },
  })
  child.stdin.end(input)
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out, errors, code: code as number }
}

test('contents that are JSON are told from what describes a file', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const other = 'file-abcdefghijklmnopqrstuvwx'
  const json = JSON.stringify({ object: 'thread.message', id: messageId(9), data: [1] })
  write(dump.path, {
    [`files/${fileId}.json`]: JSON.stringify(file()),
    'files/harbour.txt': content,
    'described.jsonl': [file({ id: other, filename: 'data.json', bytes: json.length })],
    [`files/${other}`]: json,
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual([report.objects.files.imported, report.objects.messages.found], [2, 0])
})

test('what cannot be taken is named with its reason, and the rest is taken', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const nul = String.fromCharCode(0)
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  const deepAssistant = JSON.stringify(
    assistant({
      id: 'asst_deep',
      tools: [{ type: 'function', function: { name: 'f', parameters: 'DEEP' } }],
    }),
  ).replace('"DEEP"', deep)
  write(dump.path, {
    'a.jsonl': [
      JSON.stringify(assistant()),
      '{"id":"asst_broken","object":"assis',
      JSON.stringify(assistant({ id: '../../etc/passwd' })),
      JSON.stringify(assistant({ id: 'asst_hot0000', temperature: 3 })),
      JSON.stringify(message(1, { role: 'system' })),
      JSON.stringify(message(2, { content: 'only a text' })),
      JSON.stringify(
        message(3, { content: [{ type: 'text', text: { value: `with ${nul}`, annotations: [] } }] }),
      ),
      JSON.stringify(step({ run_id: `run_${signs(77)}` })),
      JSON.stringify({ id: 'batch_1', object: 'batch' }),
      '["nested"'.repeat(5_000),
      deepAssistant,
      JSON.stringify(message(5)),
    ].join('\n'),
    'b.json': '{"object": "list", "data": [',
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 1)
  assert.deepEqual(
    report.unreadable.map(({ line }) => line),
    [2, 10, undefined],
  )
  assert.deepEqual(report.ignored, { batch: 1 })
  const reasons = Object.fromEntries(report.not_taken.map(({ id, reason }) => [id, reason]))
  assert.match(reasons['../../etc/passwd'] ?? '', /'asst_' and 4 to 64 letters and digits/)
  assert.match(reasons['asst_deep'] ?? '', /nested|deep/)
  assert.match(reasons['asst_hot0000'] ?? '', /Invalid 'temperature': decimal above maximum value/)
  assert.match(reasons[messageId(1)] ?? '', /Invalid value: 'system'/)
  assert.match(reasons[messageId(2)] ?? '', /content/)
  assert.match(reasons[messageId(3)] ?? '', /NUL/)
  assert.match(reasons[`step_${signs(1)}`] ?? '', /its run is not here/)
  assert.equal(report.objects.assistants.imported, 1)
  assert.deepEqual(await textsOf(data.path), numbers(5))
})

test('an object of the API in what a model or a caller wrote is none', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const parameters = { type: 'object', properties: { x: { const: assistant({ id: 'asst_hidden' }) } } }
  write(dump.path, {
    'a.json': list([assistant({ tools: [{ type: 'function', function: { name: 'f', parameters } }] })]),
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.deepEqual([code, report.objects.assistants.found], [0, 1])
})

test('what is named and not there, and models that nothing serves, are told of', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'a.jsonl': [assistant({ model: 'my-own-finetune' })] })
  const { code, out, errors } = await threadmill(data.path, ['import', dump.path])
  assert.equal(code, 0, errors)
  assert.match(out, /assistants +1 +1 +0/)
  assert.match(errors, new RegExp(`note: assistant ${assistantId}: names ${fileId}, which is not here`))
  assert.match(errors, new RegExp(`names ${storeId}, which is not here`))
  assert.match(errors, /note: nothing serves the model 'my-own-finetune' of 1 assistant here: connect it, or/)
})

test('where a provider is in the way of knowing its models, an import names it and the reason', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.jsonl': [assistant({ model: 'my-own' }), assistant({ id: `asst_${signs(7)}`, model: 'my-own' })],
    'c.json': {
      discover: false,
      providers: { lab: { type: 'openai-compatible', base_url: 'http://127.0.0.1:3/v1' } },
    },
  })
  const file = join(dump.path, 'a.jsonl')
  const env = { THREADMILL_CONFIG: join(dump.path, 'c.json') }
  const said = await threadmill(data.path, ['import', file], env)
  assert.equal(said.code, 0, said.errors)
  assert.match(
    said.errors,
    /nothing serves the model 'my-own' of 2 assistants here: the provider 'lab' cannot be reached \(ECONNREFUSED\)$/m,
  )
  assert.match(said.out, /^assistants +2 +2 /m)
  assert.ok(said.out.endsWith(`The data folder is ${data.path}.\n`), said.out)
  const { out } = await threadmill(data.path, ['import', file, '--json'], env)
  const { data_dir, provider_problems } = JSON.parse(out)
  assert.deepEqual(
    { data_dir, provider_problems },
    { data_dir: data.path, provider_problems: ["the provider 'lab' cannot be reached (ECONNREFUSED)"] },
  )
})

for (const [form, piped] of [
  ['JSON lines', `${JSON.stringify(assistant())}\n${JSON.stringify(thread())}\n`],
  ['a list that is spread over lines', JSON.stringify(list([assistant(), thread()]), undefined, 2)],
] as const) {
  test(`import - takes what is piped in: ${form}`, async () => {
    using data = temporaryFolder()
    const { code, out, errors } = await piping(data.path, ['import', '-'], piped)
    assert.equal(code, 0, errors)
    assert.match(out, /^assistants +1 +1 [^]*^threads +1 +1 /m)
  })
}

test('import - names standard input where nothing or nonsense comes, and takes it beside files', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const nothing = await piping(data.path, ['import', '-'], '')
  assert.deepEqual([nothing.code, /not read: standard input is empty/.test(nothing.errors)], [1, true])
  const nonsense = await piping(data.path, ['import', '-'], `${JSON.stringify(thread())}\n{oh`)
  assert.equal(nonsense.code, 1)
  assert.match(nonsense.errors, /not read: standard input is no JSON at line 2/)
  write(dump.path, { 'a.json': assistant() })
  const both = await piping(data.path, ['import', join(dump.path, 'a.json'), '-'], JSON.stringify(thread()))
  assert.match(both.out, /^assistants +1 +1 [^]*^threads +1 +0 +1 /m)
})

test('an import of what is not there, or of nothing, is not begun', async () => {
  using data = temporaryFolder()
  using empty = temporaryFolder()
  const missing = await threadmill(data.path, ['import', join(empty.path, 'no.json')])
  assert.deepEqual([missing.code, /no\.json does not exist/.test(missing.errors)], [2, true])
  const nothing = await threadmill(data.path, ['import', empty.path])
  assert.deepEqual([nothing.code, /no \.json or \.jsonl files are in /.test(nothing.errors)], [2, true])
  assert.equal((await threadmill(data.path, ['import'])).code, 2)
})
