import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import OpenAI from 'openai'
import { settings } from '../../src/config/environment-settings.ts'
import { startFakeUpstream, type FakeReply } from '../fake-upstream.ts'
import { executeSql } from '../runs.ts'
import {
  apiKey,
  call,
  json,
  listening,
  quiet,
  spawnMain,
  startServer,
  streamed,
  temporaryFolder,
} from './child.ts'
import { isOver, place } from './reader.ts'

/** What the server logged besides requests, and that the machine was busy; Node itself writes warnings of its own to the same place. */
const facts = (stderr: string): { fact: string; message?: string }[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ fact }) => fact !== 'request' && fact !== 'the event loop was blocked')

test('--help lists every setting and starts nothing', async () => {
  using folder = temporaryFolder()
  await using process = spawnMain({}, ['--help'], folder.path)
  assert.deepEqual(await process.exited, { code: 0, signal: null })
  assert.ok(settings.length > 0)
  for (const { name, help, fallback } of settings) {
    const line = process.stdout.split('\n').find((line) => line.trim().startsWith(`${name} `))
    assert.ok(line?.includes(help) && line.includes(fallback), `--help says what ${name} is`)
  }
  assert.deepEqual(readdirSync(folder.path), [])
})

test('--version is that of the package, and an unknown option is refused with the one that was meant', async () => {
  await using version = spawnMain({}, ['--version'])
  assert.equal((await version.exited).code, 0)
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal(version.stdout.trim(), manifest.version)
  await using unknown = spawnMain({}, ['--prot=80'])
  assert.equal((await unknown.exited).code, 2)
  assert.match(unknown.stderr, /unknown option '--prot' of "serve"; did you mean '--port'\?/)
})

test('the key made at first start is for its owner only, opens the door and is kept', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'data', 'api-key')
  const env = { ...quiet, THREADMILL_DATA_DIR: join(folder.path, 'data') }
  const keys: string[] = []
  for (let start = 0; start < 2; start++) {
    await using server = spawnMain(env)
    const url = await listening(server)
    const key = readFileSync(file, 'utf8').trim()
    keys.push(key)
    assert.match(key, /^sk-\S{20,}$/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(statSync(join(folder.path, 'data')).mode & 0o777, 0o700)
    // Later it would only go into journals.
    assert.equal(server.stdout.includes(key), start === 0)
    assert.ok(server.stdout.includes(start === 0 ? key : file))
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
    assert.equal((await client.beta.threads.create()).object, 'thread')
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: `${key}x`, maxRetries: 0 })
    await assert.rejects(stranger.beta.threads.create(), OpenAI.AuthenticationError)
    server.signal('SIGTERM')
    await server.exited
    assert.ok(!server.stderr.includes(key))
  }
  assert.equal(keys[0], keys[1])
})

test('a key of the environment is used, and neither shown nor written down', async () => {
  using folder = temporaryFolder()
  await using server = await startServer(folder.path)
  assert.equal((await call(`${server.url}/v1/threads`, 'POST', {})).status, 200)
  assert.ok(!existsSync(join(folder.path, 'api-key')))
  server.signal('SIGTERM')
  await server.exited
  assert.ok(!(server.stdout + server.stderr).includes(apiKey))
})

test('a key of this server, exported for a client, is taken for no provider, and that is said', async () => {
  using folder = temporaryFolder()
  const env = { ...quiet, THREADMILL_DATA_DIR: folder.path }
  const made = 'sk-tm-0123456789abcdefghijABCDEFGHIJ0123456789'
  const given = 'a-key-of-our-own-choice'
  for (const [own, variables] of [
    [{}, { OPENAI_API_KEY: made }],
    [{ THREADMILL_API_KEY: given }, { OPENAI_API_KEY: given, ANTHROPIC_API_KEY: given }],
  ] as const) {
    await using server = spawnMain({ ...env, ...own, ...variables })
    await listening(server)
    for (const name of Object.keys(variables))
      assert.match(server.stdout, new RegExp(`${name} holds a key of Threadmill, meant for a client`))
    assert.match(server.stdout, /demo, a small built-in planner/)
    assert.ok(!server.stdout.includes(made) && !server.stdout.includes(given))
  }
})

test('the banner is one block, with the logs of the start behind it', async () => {
  using folder = temporaryFolder()
  await using server = spawnMain({
    ...quiet,
    THREADMILL_DATA_DIR: folder.path,
    OPENAI_BASE_URL: 'http://127.0.0.1:3/v1',
  })
  const url = await listening(server)
  assert.match(
    server.stdout,
    /^\nThreadmill {2}http\S+\n\n {2}Console +http\S+\/#key=sk-tm-\w+\n {2}Key +sk-tm-\w+\n {2}Data +\/.*\n {2}Models +openai-compatible: at http:\/\/127\.0\.0\.1:3\/v1 cannot be reached \(ECONNREFUSED\)\n {20}OpenAI's model names .*\n {2}File search +by words\n {2}Code interpreter +none: .*switched off/,
  )
  assert.match(server.stdout, / setup" brings hybrid file search \(180 MB\)\.$/m)
  assert.ok(server.stdout.includes(`base_url="${url}/v1"`))
})

test('SIGTERM ends it cleanly with a run in flight, and the next start goes on with the run at once', async () => {
  const replies: FakeReply[] = [{ tokens: 100_000, tokenMs: 20 }, { tokens: ['Here ', 'I am.'] }]
  await using upstream = await startFakeUpstream({ reply: (_request, index) => replies[index] ?? {} })
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` }
  await using first = await startServer(folder.path, env)
  const assistant = await json(await call(`${first.url}/v1/assistants`, 'POST', { model: 'fake' }))
  const stream = await call(`${first.url}/v1/threads/runs`, 'POST', {
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Hello' }] },
    stream: true,
  })
  let asked = Infinity
  let run = { id: '', thread_id: '' }
  let last
  for await (const { event, data } of streamed(stream)) {
    last = event
    if (event === 'thread.run.created') run = data
    if (event === 'thread.message.delta' && asked === Infinity) {
      asked = performance.now()
      first.signal('SIGTERM')
    }
  }
  assert.equal(
    last,
    'thread.message.delta',
    'it ends without the event that would end the run for its reader',
  )
  assert.deepEqual(await first.exited, { code: 0, signal: null })
  const took = performance.now() - asked
  assert.ok(took < 60_000, `the answer of its model takes half an hour; it took ${took} ms`)
  assert.deepEqual(facts(first.stderr), [])

  const file = join(folder.path, 'threadmill.db')
  assert.ok(!existsSync(`${file}-wal`), 'the database was closed')
  {
    using database = new DatabaseSync(file, { readOnly: true })
    const { status, lease_until } = database.prepare('select status, lease_until from runs').get() ?? {}
    assert.deepEqual([status, lease_until], ['in_progress', 0], 'its lease is over')
  }

  await using second = await startServer(folder.path, env)
  const path = `${second.url}/v1/threads/${run.thread_id}/runs/${run.id}`
  const attempts = new Set<number>()
  let end
  for await (const event of streamed(await call(`${path}/stream`, 'GET'))) {
    if (event.event === 'done') break
    attempts.add(place(event.id).attempt)
    end = event
  }
  assert.ok(end && isOver(end))
  assert.equal((await json(await call(path, 'GET'))).status, 'completed')
  assert.deepEqual([...attempts], [0, 1, 2])
})

test('neither words of a conversation nor keys are in the logs, whatever goes wrong', async () => {
  const secret = 'plumbago'
  const upstreamKey = 'sk-upstream-0123456789abcdef'
  const echo = { message: `I cannot do ${secret} with ${upstreamKey}`, code: 'bad' }
  const replies: FakeReply[] = [
    { tokens: [`The ${secret} `, 'is blue.'] },
    { status: 400, error: echo },
    { status: 401, error: echo },
    { tokens: [`Half a ${secret} `, 'and'], cutAfter: 2 },
    { tokens: [`A whole ${secret}.`] },
    { toolCalls: [{ name: 'look', arguments: `{"at":"${secret}"` }] },
    { tokens: [secret], finishReason: 'content_filter' },
  ]
  await using upstream = await startFakeUpstream({ reply: (_request, index) => replies[index] ?? {} })
  using folder = temporaryFolder()
  await using server = await startServer(folder.path, {
    OPENAI_BASE_URL: `${upstream.url}/v1`,
    OPENAI_API_KEY: upstreamKey,
  })
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
  const { threads, assistants } = client.beta
  const assistant = await assistants.create({
    model: 'fake',
    instructions: `Speak of ${secret}`,
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  const statuses: string[] = []
  for (let at = 0; at < 5; at++) {
    const thread = await threads.create({ messages: [{ role: 'user', content: `What is ${secret}?` }] })
    let run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
    statuses.push(run.status)
    const [asked] = run.required_action?.submit_tool_outputs.tool_calls ?? []
    if (!asked) continue
    const tool_outputs = [{ tool_call_id: asked.id, output: secret }]
    run = await threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: thread.id, tool_outputs })
    statuses.push(run.status)
  }
  assert.deepEqual(statuses, ['completed', 'failed', 'failed', 'completed', 'requires_action', 'incomplete'])

  // What nobody foresaw is logged, and its answer says nothing.
  await executeSql(
    { dataDir: folder.path },
    "create trigger broken before insert on threads begin select raise(abort, 'a broken disk'); end",
  )
  const answer = await call(`${server.url}/v1/threads`, 'POST', { metadata: { secret } })
  assert.equal(answer.status, 500)
  assert.ok(!(await answer.text()).includes('broken disk'))
  const wrong = await fetch(`${server.url}/v1/threads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}-wrong`, 'content-type': 'application/json' },
    body: `{"metadata": ${secret}`,
  })
  assert.equal(wrong.status, 401)
  assert.equal((await call(`${server.url}/v1/threads`, 'POST', [secret])).status, 400)

  server.signal('SIGTERM')
  await server.exited
  const failed = facts(server.stderr).filter(({ fact }) => fact === 'request failed')
  assert.deepEqual(
    failed.map(({ message }) => message),
    ['a broken disk'],
  )
  for (const hidden of [secret, upstreamKey, apiKey]) {
    assert.ok(!(server.stdout + server.stderr).includes(hidden), `${hidden} in ${server.stderr}`)
  }
})
