import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createRunFixture, until } from '../runs.ts'

test('a deleted thread is out of sight at once, with its messages, runs and steps', async () => {
  await using s = await createRunFixture([{ text: 'One' }])
  const run = await s.finish()
  const [answer] = (await s.threads.messages.list(s.thread.id)).data
  const [step] = (await s.threads.runs.steps.list(run.id, { thread_id: s.thread.id })).data
  const other = await s.threads.create({})
  await s.threads.delete(s.thread.id)
  const thread = `/v1/threads/${s.thread.id}`
  const gone = `No thread found with id '${s.thread.id}'.`
  for (const [method, path, body] of [
    ['GET', thread],
    ['POST', thread, { metadata: { a: 'b' } }],
    ['DELETE', thread],
    ['GET', `${thread}/messages`],
    ['GET', `${thread}/messages/${answer?.id}`],
    ['POST', `${thread}/messages`, { role: 'user', content: 'Hi' }],
    ['POST', `${thread}/messages/${answer?.id}`, { metadata: {} }],
    ['DELETE', `${thread}/messages/${answer?.id}`],
    ['GET', `${thread}/runs`],
    ['POST', `${thread}/runs`, { assistant_id: s.assistant.id }],
    ['GET', `${thread}/runs/${run.id}`],
    ['POST', `${thread}/runs/${run.id}`, { metadata: {} }],
    ['POST', `${thread}/runs/${run.id}/cancel`],
    ['POST', `${thread}/runs/${run.id}/submit_tool_outputs`, { tool_outputs: [] }],
    ['GET', `${thread}/runs/${run.id}/stream`],
    ['GET', `${thread}/runs/${run.id}/steps`],
    ['GET', `${thread}/runs/${run.id}/steps/${step?.id}`],
  ] as const) {
    refused(await raw(s, method, path, body), 404, gone)
  }
  const { json } = await raw(s, 'GET', '/v1/threads')
  assert.deepEqual(
    json.data.map(({ id }: { id: string }) => id),
    [other.id],
  )
})

test('a run of a thread that is deleted is cancelled, and its stream says so before it ends', async () => {
  await using s = await createRunFixture([{ text: 'Half', hang: true }])
  const streaming = s.stream()
  await until(async () => (await s.threads.messages.list(s.thread.id)).data.length === 2)
  await s.threads.delete(s.thread.id)
  const names = (await streaming).map(({ event }) => event)
  assert.deepEqual(names.slice(-4), [
    'thread.message.incomplete',
    'thread.run.step.cancelled',
    'thread.run.cancelled',
    'done',
  ])
  await until(async () => s.model.aborted === 1)
})
