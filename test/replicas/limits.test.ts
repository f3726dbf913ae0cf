import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { createHeldModel } from '../held-model.ts'
import { until } from '../runs.ts'
import { askAdmin } from '../team.ts'
import { startReplicas, type Replicas } from './replicas.ts'

let s: Replicas
const heldModel = createHeldModel()

before(async () => {
  s = await startReplicas({ quick: scripted(() => ({ text: 'Here.' })), held: heldModel.model })
})
after(() => s[Symbol.asyncDispose]())

/** A project with limits, and a client of each server. */
async function team(limits: object, ofModel: object = {}, ofKey: object = {}) {
  // The first server has made the admin key, and every server takes it.
  const { adminKey } =
    [s.one, s.other].map(({ server }) => server).find((one) => one.adminKey !== '') ?? s.one.server
  const askFirst = (path: string, body: object) =>
    askAdmin({ url: s.one.url, server: { ...s.one.server, adminKey } }, 'POST', path, body)
  const admin = new OpenAI({ baseURL: `${s.one.url}/v1`, adminAPIKey: adminKey, maxRetries: 0 }).admin
    .organization
  const project = await admin.projects.create({ name: 'Shared' })
  const account = await admin.projects.serviceAccounts.create(project.id, { name: 'app' })
  await askFirst(`/projects/${project.id}/limits`, limits)
  await askFirst(`/projects/${project.id}/api_keys/${account.api_key?.id}/limits`, ofKey)
  await admin.projects.rateLimits.updateRateLimit('rl-quick', { project_id: project.id, ...ofModel })
  const clients = [s.one, s.other].map(
    ({ url }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: account.api_key?.value ?? '', maxRetries: 0 }),
  )
  const [here, there] = clients as [OpenAI, OpenAI]
  const assistant = await here.beta.assistants.create({ model: 'quick', instructions: 'x' })
  // The other server has read the limits when it knows the key.
  await there.models.list()
  const start = (at: number, model: string) =>
    (at % 2 === 0 ? here : there).beta.threads.createAndRun({ assistant_id: assistant.id, model, thread: {} })
  return { here, there, start }
}

const through = (tries: PromiseSettledResult<unknown>[]) =>
  tries.filter(({ status }) => status === 'fulfilled').length

test('requests a minute are counted over all servers, exactly, however many come at once', async () => {
  const { start } = await team({}, { max_requests_per_1_minute: 20 })
  const began = performance.now()
  const tries = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => start(n, 'quick')))
  // One comes back every three seconds.
  do tries.push(...(await Promise.allSettled([start(1, 'quick')])))
  while (tries.at(-1)?.status === 'fulfilled')
  const cameBack = Math.ceil((performance.now() - began) / 3_000)
  const count = through(tries)
  assert.ok(count >= 20 && count <= 20 + cameBack, String(count))
  for (const one of tries)
    if (one.status === 'rejected') assert.ok(one.reason instanceof OpenAI.RateLimitError, String(one.reason))
})

test('runs in progress are counted over all servers, and those that wait begin on either', async () => {
  const { start, here } = await team({ max_concurrent_runs: 3 })
  const runs = await Promise.all(Array.from({ length: 12 }, (_, n) => start(n, 'held')))
  await until(async () => heldModel.working === 3)
  heldModel.release()
  await until(async () => {
    const states = await Promise.all(
      runs.map(({ id, thread_id }) => here.beta.threads.runs.retrieve(id, { thread_id })),
    )
    return states.every(({ status }) => status === 'completed')
  })
  assert.equal(heldModel.most, 3)
})

test('stored bytes are counted over all servers, those of a project and those of a key', async () => {
  for (const limits of [
    [{ max_file_bytes: 1_000 }, {}],
    [{}, { max_file_bytes: 1_000 }],
  ] as const)
    await storeAtOnce(await team(limits[0], {}, limits[1]))
})

async function storeAtOnce({ here, there }: Awaited<ReturnType<typeof team>>) {
  const upload = async (n: number) =>
    (n % 2 === 0 ? here : there).files.create({
      file: await toFile(Buffer.from('x'.repeat(100)), 'a.txt'),
      purpose: 'assistants',
    })
  const tries = await Promise.allSettled(Array.from({ length: 24 }, (_, n) => upload(n)))
  assert.equal(through(tries), 10)
}
