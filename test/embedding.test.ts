import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'
import { scripted } from '../src/models/scripted.ts'
import { start, type Server } from '../src/start.ts'
import { createProject } from './embedding.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const clientOf = ({ baseURL, apiKey }: Server) => new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const off = { codeInterpreter: { engine: 'off' } } as const

// The files of a test run in parallel: the servers of this one have a folder for temporary files of their own.
const temporary = mkdtempSync(join(tmpdir(), 'embedding-'))
process.env['TMPDIR'] = temporary
after(() => rmSync(temporary, { recursive: true, force: true }))

/** Folders of servers. */
const folders = () => new Set(readdirSync(temporary).filter((name) => /^threadmill-\w+$/.test(name)))

test('start() without anything listens on loopback, with a key of its own and the demo model', async () => {
  await using server = await start()
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.equal(server.baseURL, `${server.url}/v1`)
  assert.ok(server.apiKey.length >= 16)
  const models = await clientOf(server).models.list()
  assert.deepEqual(
    models.data.map(({ id }) => id),
    ['demo'],
  )
  await assert.rejects(clientOf({ ...server, apiKey: 'another key that is long' }).models.list(), {
    status: 401,
  })
})

test('a model of the program answers under the names of OpenAI, whatever the environment has', async (t) => {
  const before = process.env['OPENAI_API_KEY']
  process.env['OPENAI_API_KEY'] = 'sk-not-to-be-used'
  t.after(() => {
    if (before === undefined) delete process.env['OPENAI_API_KEY']
    else process.env['OPENAI_API_KEY'] = before
  })
  const model = scripted([{ text: 'Hi' }])
  await using server = await start(off, { models: { scripted: model } })
  const { beta } = clientOf(server)
  const assistant = await beta.assistants.create({ model: 'gpt-4o' })
  const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
  const run = await beta.threads.createAndRunPoll(
    { assistant_id: assistant.id, thread },
    { pollIntervalMs: 20 },
  )
  assert.equal(run.status, 'completed')
  assert.equal(model.calls.length, 1)
})

test('a folder of its own goes when the server closes, and when it cannot start', async () => {
  const before = folders()
  const server = await start(off)
  const [own] = folders().difference(before)
  assert.ok(own)
  await server.close()
  assert.ok(!existsSync(join(temporary, own)))

  await using taken = await start(off)
  const known = folders()
  await assert.rejects(start({ ...off, port: Number(new URL(taken.url).port) }), { code: 'EADDRINUSE' })
  await assert.rejects(start({ ...off, port: -1 }), /port/i)
  assert.deepEqual(folders().difference(known), new Set())
})

test('a folder of its own goes with a process that did not come to close its server', async () => {
  const before = folders()
  const program = `
    const { start } = await import(${JSON.stringify(new URL('../src/start.ts', import.meta.url).href)})
    await start(${JSON.stringify(off)})
    process.exit(3)`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(status, 3)
  assert.deepEqual(folders().difference(before), new Set())
})

test('a folder that is named is made, and keeps what is in it and the key', async (t) => {
  const parent = mkdtempSync(join(temporary, 'kept-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const dataDir = join(parent, 'new/data')
  const first = await start({ ...off, dataDir })
  const { id } = await clientOf(first).beta.assistants.create({ model: 'demo' })
  await first.close()
  await using second = await start({ ...off, dataDir })
  assert.equal(second.apiKey, first.apiKey)
  assert.equal((await clientOf(second).beta.assistants.retrieve(id)).id, id)
})

test('fields that are undefined are left out, and what is no setting is refused', async () => {
  await using server = await start({
    port: undefined,
    apiKey: undefined,
    models: undefined,
    limits: { messages: undefined } as never,
    ...off,
  })
  assert.ok(server.apiKey)
  await assert.rejects(
    start({ prot: 4711 } as never),
    /prot is not a setting of start\(\); it has host, port, dataDir/,
  )
  await assert.rejects(start({ apiKey: 'short' }), /16 characters/)
  await assert.rejects(start({ host: '0.0.0.0' }), /which others can reach/)
  await assert.rejects(
    start({}, { model: {} } as never),
    /model is not an option of start\(\); it has models, log/,
  )
})

test('servers live side by side and know nothing of each other', async () => {
  await using first = await start(off)
  await using second = await start(off)
  assert.notEqual(first.apiKey, second.apiKey)
  const { id } = await clientOf(first).beta.assistants.create({ model: 'demo' })
  await assert.rejects(clientOf(second).beta.assistants.retrieve(id), { status: 404 })
})

suite('docs/testing.md', () => {
  const project = createProject()
  after(() => project[Symbol.dispose]())
  const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
  const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
  const withOpenai = spawnSync('python3', ['-c', 'import openai']).status === 0

  for (const { text } of blocks.filter(({ language }) => language === 'sh')) {
    const command = text.trim()
    const skip = command.startsWith('python3') && !withOpenai && 'this python3 has no openai; .ci/run has one'
    test(`${command}: runs`, { skip }, async () => {
      const { stdout, stderr } = await project.run(command)
      assert.match(stdout + stderr, /pass 2|2 passed|OK/)
    })
  }

  test('its code is that of the examples', () => {
    const files = readdirSync(join(root, 'examples/testing'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(mjs|py)$/.test(name))
      .map((name) => readFileSync(join(root, 'examples/testing', name), 'utf8'))
    const lines = (text: string) =>
      text
        .split('\n')
        .map((line) => line.trim())
        .join('\n')
    for (const { text } of blocks.filter(({ language }) => ['js', 'python'].includes(language)))
      assert.ok(
        files.some((file) => lines(file).includes(lines(text).trim())),
        text,
      )
  })

  const program = `import { start, type Server, type StartOptions, type StartSettings } from 'threadmill'
import { scripted, type ScriptedModel } from 'threadmill/scripted'
const model: ScriptedModel = scripted([{ text: 'Hi' }])
const settings: StartSettings = { port: 0, codeInterpreter: { engine: 'off' } }
const options: StartOptions = { models: { model }, log: (level, event, details) => console.log(level, event, details) }
export const server: Server = await start(settings, options)
export const other: Server = await start()
await other[Symbol.asyncDispose]()
`
  for (const options of [
    '--module nodenext --target es2022 --types node',
    '--module esnext --moduleResolution bundler --target es2022 --exactOptionalPropertyTypes --types node',
    '--module esnext --moduleResolution bundler --target esnext --lib esnext,dom',
  ]) {
    test(`the types compile with skipLibCheck off: ${options}`, () => {
      writeFileSync(join(project.folder, 'program.ts'), program)
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const given = ['--strict', '--noEmit', '--skipLibCheck', 'false', ...options.split(' '), 'program.ts']
      execFileSync(process.execPath, [tsc, ...given], { cwd: project.folder, encoding: 'utf8' })
    })
  }
})
