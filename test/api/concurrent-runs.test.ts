import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { createHeldModel } from '../held-model.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, askAdmin, newProject } from '../team.ts'

let server: TestServer
const heldModel = createHeldModel()

before(async () => {
  const calling = scripted((prompt) =>
    prompt.some(({ role }) => role === 'tool')
      ? { text: 'Thank you.' }
      : { toolCalls: [{ name: 'look', arguments: {} }] },
  )
  server = await startTestServer({
    models: { held: heldModel.model, calling, quick: scripted(() => ({ text: 'Here.' })) },
  })
})
beforeEach(() => heldModel.hold())
after(async () => {
  heldModel.release()
  await server[Symbol.asyncDispose]()
})

async function team(limits: object) {
  const made = await newProject(server)
  const { client, project, key } = made
  await askAdmin(server, 'POST', `/projects/${project.id}/limits`, limits)
  const assistant = await client.beta.assistants.create({ model: 'held', instructions: 'x' })
  const start = (model = 'held', apiKey = key.value) =>
    raw({ url: server.url, apiKey }, 'POST', '/v1/threads/runs', {
      assistant_id: assistant.id,
      model,
      thread: {},
      tools: model === 'calling' ? [{ type: 'function', function: { name: 'look' } }] : [],
    }).then(({ json }) => json as { id: string; thread_id: string; status: string })
  const read = async ({ id, thread_id }: { id: string; thread_id: string }) =>
    (await raw({ url: server.url, apiKey: key.value }, 'GET', `/v1/threads/${thread_id}/runs/${id}`)).json
  return { ...made, start, read }
}

test('of the runs of a project as many are in progress as it may have, and the others wait for them', async () => {
  const { start, read } = await team({ max_concurrent_runs: 2 })
  const runs = await Promise.all(Array.from({ length: 8 }, () => start()))
  await until(async () => heldModel.working === 2)
  const waits = await until(async () => {
    const states = await Promise.all(runs.map(read))
    const queued = states.filter(({ status }) => status === 'queued')
    return queued.length === 6 && queued.every((run) => run.status_details) && queued[0]
  })
  assert.deepEqual(waits.status_details, {
    type: 'queued',
    reason: 'project_busy',
    message: 'The run waits for a place: its project or key may have 2 in progress at a time.',
  })
  const others = await team({})
  const free = await others.start('quick')
  await until(async () => (await others.read(free)).status === 'completed')
  heldModel.release()
  await until(async () => (await Promise.all(runs.map(read))).every(({ status }) => status === 'completed'))
  assert.equal(heldModel.most, 2)
})

test('a run that waits for its caller takes no place', async () => {
  const { start, read, client } = await team({ max_concurrent_runs: 1 })
  const waiting = await start('calling')
  const asked = await until(async () => {
    const run = await read(waiting)
    return run.status === 'requires_action' && run
  })
  const other = await start('quick')
  await until(async () => (await read(other)).status === 'completed')
  const held = await start()
  await until(async () => heldModel.working === 1)
  const [call] = asked.required_action.submit_tool_outputs.tool_calls
  await client.beta.threads.runs.submitToolOutputs(waiting.id, {
    thread_id: waiting.thread_id,
    tool_outputs: [{ tool_call_id: call.id, output: 'x' }],
  })
  assert.equal((await read(waiting)).status, 'queued')
  heldModel.release()
  await until(async () => (await read(waiting)).status === 'completed')
  assert.equal((await read(held)).status, 'completed')
})

test('a key has its own number, and waits while another key of its project goes on', async () => {
  const { start, read, project, account, key } = await team({ max_concurrent_runs: 3 })
  const { apiKeys } = adminOf(server).admin.organization.projects.serviceAccounts
  const other = await apiKeys.create(account.id, { project_id: project.id, name: 'other' })
  await askAdmin(server, 'POST', `/projects/${project.id}/api_keys/${key.id}/limits`, {
    max_concurrent_runs: 1,
  })
  const mine = [await start(), await start(), await start()]
  const theirs = [await start('held', other.value), await start('held', other.value)]
  await until(async () => heldModel.working === 3)
  const statuses = async (runs: typeof mine) =>
    (await Promise.all(runs.map(read))).map(({ status }) => String(status)).toSorted()
  assert.deepEqual(await statuses(mine), ['in_progress', 'queued', 'queued'])
  assert.deepEqual(await statuses(theirs), ['in_progress', 'in_progress'])
  heldModel.release()
  await until(async () => (await statuses([...mine, ...theirs])).every((status) => status === 'completed'))
  assert.ok(heldModel.most <= 3)
})

test('a limit that is raised lets waiting runs begin', async () => {
  const { start, project } = await team({ max_concurrent_runs: 1 })
  await Promise.all([start(), start(), start()])
  await until(async () => heldModel.working === 1)
  await askAdmin(server, 'POST', `/projects/${project.id}/limits`, { max_concurrent_runs: null })
  await until(async () => heldModel.working === 3)
})
