import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'
import { scripted } from '../src/models/scripted.ts'
import { CannotStart, ConfigError, start, type Server } from '../src/index.ts'
import { until } from './runs.ts'
import { testModules } from './bring-packages.ts'
import { createProject } from './embedding.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const clientOf = ({ baseURL, apiKey }: Server) => new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const off = { codeInterpreter: { engine: 'off' } } as const

// The files of a test run in parallel: the servers of this one have a folder for temporary files of their own.
const temporary = mkdtempSync(join(tmpdir(), 'embedding-'))
process.env['TMPDIR'] = temporary
after(() => rmSync(temporary, { recursive: true, force: true }))

/** Folders of servers. */
const folders = () => new Set(readdirSync(temporary).filter((name) => name.startsWith('threadmill-data-')))

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
    const { start } = await import(${JSON.stringify(new URL('../src/start/start.ts', import.meta.url).href)})
    await start(${JSON.stringify(off)})
    process.exit(3)`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(status, 3)
  assert.deepEqual(folders().difference(before), new Set())
})

test('a folder of its own that a killed process has left goes when another server starts', async () => {
  const before = folders()
  const program = `
    const { start } = await import(${JSON.stringify(new URL('../src/start/start.ts', import.meta.url).href)})
    await start(${JSON.stringify(off)})
    process.kill(process.pid, 'SIGTERM')`
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(signal, 'SIGTERM')
  const [left] = folders().difference(before)
  assert.ok(left)
  await using _server = await start(off)
  await until(async () => !existsSync(join(temporary, left)))
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

const model = scripted([])
for (const [given, said] of [
  [{ port: '4711' }, /^port must be a whole number from 0 to 65535$/],
  [{ port: -1 }, /^port must be/],
  [{ host: '0.0.0.0' }, /^host is 0\.0\.0\.0, which others can reach: set apiKey as well$/],
  [{ dataDir: '' }, /^dataDir must not be empty$/],
  [{ dataDir: '/proc/none' }, /^dataDir: \/proc\/none cannot be written/],
  [{ apiKey: '' }, /^apiKey must have 16 characters or more$/],
  [{ models: { scripted: model } }, /^models\.scripted is not a setting of start\(\); models has providers/],
  [
    { models: { providers: [{ name: 'a', type: 'a', models: {} }] } },
    /^models\.providers\.0\.type is wrong: /,
  ],
  [{ codeInterpreter: 'off' }, /^codeInterpreter is wrong: expected object/],
  [{ codeInterpreter: { engine: 'of' } }, /^codeInterpreter\.engine must be "auto", "off"/],
  [
    { codeInterpreter: { limits: { callMs: -1 } } },
    /^codeInterpreter\.limits\.callMs must be a number above 0$/,
  ],
  [{ limits: { mesages: 1 } }, /^limits\.mesages is not a setting of start\(\); limits has messages, /],
  [{ limits: { messages: 0 } }, /^limits\.messages must be a whole number from 1 to 10000$/],
  [{ retention: { runDays: 'x' } }, /^retention\.runDays must be/],
  [{ search: { embedding: 'locl' } }, /^search\.embedding must be an object whose type is "local"/],
  [{ pypiMirror: 'mirror' }, /^pypiMirror must be an http or https address$/],
  [null, /^the settings of start\(\) is wrong: expected object/],
] as [never, RegExp][])
  test(`start() refuses the settings ${JSON.stringify(given)?.slice(0, 60)}`, async () => {
    const error = await start(given).catch((error: unknown) => error)
    assert.ok(error instanceof ConfigError, String(error))
    assert.match(error.message, said)
  })

for (const [what, given, said] of [
  ['a name', { models: { mine: 'gpt-4o' } }, /^models\.mine must be a model: one of scripted\(\)/],
  [
    'of another version',
    { models: { mine: { ...model, specificationVersion: 'v2' } } },
    /^models\.mine must be a model/,
  ],
  ['what makes one', { models: { mine: scripted } }, /^models\.mine must be a model/],
  ['none', { models: { mine: undefined } }, /^models\.mine must be a model/],
  ['without its name', { models: model }, /^models must be an object of models by their names/],
  ['in a list', { models: [model] }, /^models is wrong: expected record, received array/],
  ['beside a log that is none', { log: 'debug' }, /^log must be a function$/],
  ['as a setting', off, /^codeInterpreter is not an option of start\(\); it has models, log, tools$/],
] as [string, never, RegExp][])
  test(`start() refuses as its model: ${what}`, async () => {
    const error = await start({}, given).catch((error: unknown) => error)
    assert.ok(error instanceof ConfigError, String(error))
    assert.match(error.message, said)
  })

const dice = {
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: {} },
  run: () => '4',
}

for (const [what, tools, said] of [
  ['what is no list', dice, /^tools must be a list of tools$/],
  ['nothing', [null], /^tools\.0 is wrong: expected object, received null$/],
  ['a type with a capital', [{ ...dice, type: 'Dice' }], /^tools\.0\.type must be a word of a-z, 0-9 and _/],
  ['a type of two words', [{ ...dice, type: 'two words' }], /^tools\.0\.type must be a word of a-z/],
  ['a type of 65 characters', [{ ...dice, type: 'd'.repeat(65) }], /of 64 characters at most$/],
  ["a type of the API's", [{ ...dice, type: 'file_search' }], /must be a word that the API does not use/],
  [
    'the name of another field',
    [{ ...dice, type: 'id' }],
    /must be a word that the API does not use itself$/,
  ],
  ['two of one type', [dice, dice], /^tools\.1\.type must be another than that of a tool before it$/],
  ['no description', [{ ...dice, description: ' ' }], /^tools\.0\.description must not be empty$/],
  ['no schema', [{ ...dice, parameters: [] }], /^tools\.0\.parameters must be a JSON Schema, an object$/],
  ['nothing to run', [{ ...dice, run: 'x' }], /^tools\.0\.run must be a function$/],
] as [string, never, RegExp][])
  test(`start() refuses as its tools: ${what}`, async () => {
    const error = await start({}, { tools }).catch((error: unknown) => error)
    assert.ok(error instanceof ConfigError, String(error))
    assert.match(error.message, said)
  })

test('what is in the way of a start is said in the words of its settings', async () => {
  await using taken = await start(off)
  const port = Number(new URL(taken.url).port)
  const error = await start({ ...off, port }).catch((error: unknown) => error)
  assert.ok(error instanceof CannotStart)
  assert.match(error.message, /address is in use \(127\.0\.0\.1, port \d+\); set port to another port$/)
})

test('a Node that is too old is told so in one sentence', () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '24.11.1' })"
  const program = `${pretend}
    const { start } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
    await start().catch((error) => console.log(error.name, error.message))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.equal(stdout, 'CannotStart Threadmill needs Node 24.12 or newer; this is 24.11.1.\n')
})

test('an older Node can read what the package brings before a server starts', () => {
  for (const file of importedBy('src/index.ts', 'src/models/scripted.ts'))
    assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /^(?! \*).*\busing \w+ =/m, file)
})

test('servers live side by side and know nothing of each other', async () => {
  await using first = await start(off)
  await using second = await start(off)
  assert.notEqual(first.apiKey, second.apiKey)
  const { id } = await clientOf(first).beta.assistants.create({ model: 'demo' })
  await assert.rejects(clientOf(second).beta.assistants.retrieve(id), { status: 404 })
})

/** Files of the program that come with an import of these, by their paths from the root; types alone bring nothing. */
function importedBy(...files: string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [...files]
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(
      /^import (?!type )(?:(?!\bfrom\b)[\s\S])*from '(\.[^']+\.ts)'/gm,
    ))
      waiting.push(join(dirname(file), name))
  }
  return found
}

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

  const program = `import { CannotStart, ConfigError, start, type OwnTool, type Server, type StartOptions, type StartSettings } from 'threadmill'
import { scripted, type ScriptedModel, type ScriptedTurn } from 'threadmill/scripted'
const turn: ScriptedTurn = { text: 'Hi' }
const model: ScriptedModel = scripted([turn])
const settings: StartSettings = { port: 0, codeInterpreter: { engine: 'off' } }
const tool: OwnTool = { type: 'dice', description: 'Throws.', parameters: {}, run: ({ runId, show }) => (show(runId), runId) }
const options: StartOptions = { models: { model }, tools: [tool], log: (level, event, details) => console.log(level, event, details) }
export const server: Server = await start(settings, options)
export const other: Server = await start()
await other[Symbol.asyncDispose]()
export const problems = (error: unknown) =>
  error instanceof ConfigError ? error.problems : error instanceof CannotStart ? [error.message] : []
`
  for (const options of [
    '--module nodenext --target es2022 --types node',
    '--module esnext --moduleResolution bundler --target es2022 --exactOptionalPropertyTypes --types node',
    '--module esnext --moduleResolution bundler --target esnext --lib esnext,dom',
  ]) {
    test(`the types compile with skipLibCheck off: ${options}`, () => {
      writeFileSync(join(project.folder, 'program.ts'), program)
      const tsc = join(testModules, 'typescript/bin/tsc')
      const given = ['--strict', '--noEmit', '--skipLibCheck', 'false', ...options.split(' '), 'program.ts']
      execFileSync(process.execPath, [tsc, ...given], { cwd: project.folder, encoding: 'utf8' })
    })
  }
})
