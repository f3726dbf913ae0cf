import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startFakeUpstream, type FakeChatRequest } from '../fake-upstream.ts'
import { until, type SeenEvent } from '../runs.ts'
import {
  apiKey,
  call,
  json,
  listening,
  spawnProgram,
  streamed,
  temporaryFolder,
  withoutDiscovery,
} from './child.ts'
import { isOver, take, textOfDeltas } from './reader.ts'

const program = fileURLToPath(new URL('own-tool-server.ts', import.meta.url))

/** A model that calls the tool once, and then says what it gave; and a folder for the servers of a test. */
async function createFixture() {
  const asked: FakeChatRequest['messages'][] = []
  const upstream = await startFakeUpstream({
    reply({ messages }) {
      asked.push(messages)
      return messages.at(-1)?.role === 'tool'
        ? { tokens: ['A ', '4.'] }
        : { tokens: [], toolCalls: [{ name: 'dice', arguments: '{"sides":6}' }] }
    },
  })
  const folder = temporaryFolder()
  return {
    asked,
    async startServer(hangs: 'yes' | 'no') {
      const server = spawnProgram(process.execPath, [program], {
        THREADMILL_PORT: '0',
        THREADMILL_DATA_DIR: folder.path,
        THREADMILL_API_KEY: apiKey,
        THREADMILL_CODE_INTERPRETER: 'off',
        THREADMILL_CONFIG: withoutDiscovery,
        OPENAI_BASE_URL: `${upstream.url}/v1`,
        HANGS: hangs,
      })
      const url = await listening(server)
      const post = (path: string, body: object) => call(`${url}/v1/${path}`, 'POST', body)
      return Object.assign(server, { url, post })
    },
    async [Symbol.asyncDispose]() {
      await upstream[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** An assistant with the tool, and a thread in which the user asks for it. */
async function askForDice({ post }: { post: (path: string, body: object) => Promise<Response> }) {
  const assistant = await json(await post('assistants', { model: 'fake', tools: [{ type: 'dice' }] }))
  const thread = await json(await post('threads', { messages: [{ role: 'user', content: 'Throw it' }] }))
  return { assistant_id: assistant.id as string, threadId: thread.id as string }
}

test("a server that is killed while a program's own tool runs goes on with the run, and there is one answer", async () => {
  await using s = await createFixture()
  let threadId: string
  let run: { id: string }
  {
    await using server = await s.startServer('yes')
    const { assistant_id, ...asked } = await askForDice(server)
    threadId = asked.threadId
    run = await json(await server.post(`threads/${threadId}/runs`, { assistant_id }))
    await until(async () => server.stdout.includes('the dice roll'))
    // What the tool has shown is on disk a moment later.
    await until(async () => {
      const list = await call(`${server.url}/v1/threads/${threadId}/runs/${run.id}/steps`, 'GET')
      return /"output": ?"rolling"/.test(await list.text())
    })
    await server.kill()
  }

  await using server = await s.startServer('no')
  const get = async (path: string) => json(await call(`${server.url}/v1/threads/${threadId}/${path}`, 'GET'))
  const ended = await until(async () => {
    const found = await get(`runs/${run.id}`)
    return found.completed_at !== null && found
  })
  assert.equal(ended.status, 'completed')
  const { data: steps } = await get(`runs/${run.id}/steps?order=asc`)
  assert.deepEqual(
    steps.map(({ type, status }: Record<string, string>) => [type, status]),
    [
      ['tool_calls', 'failed'],
      ['tool_calls', 'completed'],
      ['message_creation', 'completed'],
    ],
  )
  const [lost, done] = steps.map(
    (step: { step_details: { tool_calls?: object[] } }) => step.step_details.tool_calls,
  )
  assert.deepEqual(lost[0].dice, { arguments: '{"sides":6}', output: 'rolling' })
  assert.deepEqual(done[0].dice, { arguments: '{"sides":6}', output: 'rolling: a 4' })
  assert.match(steps[0].last_error.message, /The worker of this step was lost/)
  const { data: messages } = await get('messages')
  assert.deepEqual(
    messages.map(({ role, content }: { role: string; content: { text: { value: string } }[] }) => [
      role,
      content[0]?.text.value,
    ]),
    [
      ['assistant', 'A 4.'],
      ['user', 'Throw it'],
    ],
  )
  // Asked to throw, asked again after the crash, told of the second call alone.
  const prompts = s.asked.map((said) => said.map(({ role }) => role).join(' '))
  assert.deepEqual(prompts, ['user', 'user', 'user assistant tool'])
})

test('a client that streams while the server is killed in a tool comes back and has missed nothing', async () => {
  await using s = await createFixture()
  const seen: SeenEvent[] = []
  let path: string
  {
    await using server = await s.startServer('yes')
    const { assistant_id, threadId } = await askForDice(server)
    const response = await server.post(`threads/${threadId}/runs`, { assistant_id, stream: true })
    const shown = Promise.withResolvers<void>()
    const reading = (async () => {
      for await (const event of streamed(response)) {
        take(seen, event)
        if (outputOf([event]) === 'rolling') shown.resolve()
      }
    })()
    const broken = assert.rejects(reading, 'the stream has no last event, so it must not end as if it had')
    await shown.promise
    await server.kill()
    await broken
    path = `threads/${threadId}/runs/${seen[0]?.data.id}`
  }
  assert.ok(!seen.some(isOver))

  await using server = await s.startServer('no')
  const last = seen.at(-1)?.id ?? ''
  const back = await call(`${server.url}/v1/${path}/stream`, 'GET', undefined, { 'last-event-id': last })
  assert.equal(back.status, 200)
  for await (const event of streamed(back)) {
    if (event.event !== 'done') take(seen, event)
  }
  assert.equal(seen.at(-1)?.event, 'thread.run.completed')

  // Each step is told of from its beginning to its end, and its deltas are what it has: what was shown and not yet on
  // disk when the server was killed is in neither.
  const { data: steps } = await json(await call(`${server.url}/v1/${path}/steps?order=asc`, 'GET'))
  assert.equal(steps.length, 3)
  for (const { id, status, step_details } of steps) {
    const told = seen.filter(({ data }) => data.id === id)
    assert.deepEqual(
      told.map(({ event }) => event.slice('thread.run.step.'.length)).filter((event) => event !== 'delta'),
      ['created', 'in_progress', status],
    )
    if (step_details.tool_calls) assert.equal(outputOf(told), step_details.tool_calls[0]?.dice.output ?? '')
    else {
      const { message_id } = step_details.message_creation
      assert.equal(textOfDeltas(seen, message_id), 'A 4.')
    }
  }
})

/** The tool's output as the deltas among the events give it. */
const outputOf = (events: SeenEvent[]): string =>
  events
    .filter(({ event }) => event === 'thread.run.step.delta')
    .flatMap(({ data }) => data.delta.step_details.tool_calls)
    .map((one) => one.dice?.output ?? '')
    .join('')
