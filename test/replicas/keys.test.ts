import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { until } from '../runs.ts'
import { startReplicas } from './replicas.ts'

test('a key works on every server at once, and on none within a second of its end, streams included', async () => {
  await using s = await startReplicas({ m: scripted([{ text: ['One'], hang: true }]) })
  // The first server has made the admin key, and every server takes it.
  const [adminKey = ''] = [s.one, s.other].map(({ server }) => server.adminKey).filter((key) => key !== '')
  const adminOf = ({ url }: { url: string }) =>
    new OpenAI({ baseURL: `${url}/v1`, adminAPIKey: adminKey, maxRetries: 0 }).admin.organization
  const project = await adminOf(s.one).projects.create({ name: 'Shared' })
  const account = await adminOf(s.other).projects.serviceAccounts.create(project.id, { name: 'app' })
  const key = account.api_key
  assert.ok(key)
  const clientOf = ({ url }: { url: string }) =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: key.value, maxRetries: 0 })
  const [here, there] = [clientOf(s.one), clientOf(s.other)]
  const assistant = await here.beta.assistants.create({ model: 'm', instructions: 'x' })
  const stream = there.beta.threads.createAndRunStream({ assistant_id: assistant.id })
  const ended = assert.rejects(stream.done(), /no longer in force/)
  await new Promise((resolve) => stream.once('textDelta', resolve))

  await adminOf(s.one).projects.apiKeys.delete(key.id, { project_id: project.id })
  await assert.rejects(here.models.list(), OpenAI.AuthenticationError)
  await ended
  await until(() =>
    there.models.list().then(
      () => false,
      (error: unknown) => error instanceof OpenAI.AuthenticationError,
    ),
  )
})
