import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startFakeUpstream, type FakeChatRequest } from '../fake-upstream.ts'
import { until } from '../runs.ts'
import { apiKey, call, json, listening, spawnProgram, temporaryFolder, withoutDiscovery } from './child.ts'

const program = fileURLToPath(new URL('own-tool-server.ts', import.meta.url))

test("a server that is killed while a program's own tool runs goes on with the run, and there is one answer", async () => {
  const asked: FakeChatRequest['messages'][] = []
  await using upstream = await startFakeUpstream({
    reply({ messages }) {
      asked.push(messages)
      return messages.at(-1)?.role === 'tool'
        ? { tokens: ['A ', '4.'] }
        : { tokens: [], toolCalls: [{ name: 'dice', arguments: '{"sides":6}' }] }
    },
  })
  using folder = temporaryFolder()
  const startServer = async (hangs: 'yes' | 'no') => {
    const server = spawnProgram(process.execPath, [program], {
      THREADMILL_PORT: '0',
      THREADMILL_DATA_DIR: folder.path,
      THREADMILL_API_KEY: apiKey,
      THREADMILL_CODE_INTERPRETER: 'off',
      THREADMILL_CONFIG: withoutDiscovery,
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      HANGS: hangs,
    })
    return Object.assign(server, { url: await listening(server) })
  }

  let thread: { id: string }
  let run: { id: string }
  {
    await using server = await startServer('yes')
    const post = async (path: string, body: object) =>
      json(await call(`${server.url}/v1/${path}`, 'POST', body))
    const assistant = await post('assistants', { model: 'fake', tools: [{ type: 'dice' }] })
    thread = await post('threads', { messages: [{ role: 'user', content: 'Throw it' }] })
    run = await post(`threads/${thread.id}/runs`, { assistant_id: assistant.id })
    await until(async () => server.stdout.includes('the dice roll'))
    // What the tool has shown is on disk a moment later.
    await until(async () => {
      const list = await call(`${server.url}/v1/threads/${thread.id}/runs/${run.id}/steps`, 'GET')
      return /"output": ?"rolling"/.test(await list.text())
    })
    await server.kill()
  }

  await using server = await startServer('no')
  const get = async (path: string) => json(await call(`${server.url}/v1/threads/${thread.id}/${path}`, 'GET'))
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
  const prompts = asked.map((said) => said.map(({ role }) => role).join(' '))
  assert.deepEqual(prompts, ['user', 'user', 'user assistant tool'])
})
