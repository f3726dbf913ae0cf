import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { parseEvents, until } from '../runs.ts'
import { startReplicas } from './replicas.ts'

const background = { model: 'm', input: 'Hi', background: true, stream: true }

test('a response made through one server is streamed through another and cancelled through a third', async () => {
  await using s = await startReplicas({ m: scripted(() => ({ text: ['Once ', 'upon '], hang: true })) })
  const third = await s.start()
  const first = raw(s.one, 'POST', '/v1/responses', background)
  const id = await until(async () => (await raw(s.other, 'GET', '/v1/responses')).json.data[0]?.id)
  const second = raw(s.other, 'GET', `/v1/responses/${id}?stream=true`)
  await until(async () => (await third.client.responses.retrieve(id)).status === 'in_progress')
  assert.equal((await third.client.responses.cancel(id)).status, 'cancelled')
  const seen = parseEvents((await first).text)
  const { event, data } = seen.at(-1) ?? { event: '', data: {} }
  assert.deepEqual([event, data.response.status], ['response.failed', 'cancelled'])
  assert.deepEqual(parseEvents((await second).text), seen)
  const again = await raw(third, 'GET', `/v1/responses/${id}?stream=true&starting_after=1`)
  assert.deepEqual(parseEvents(again.text), seen.slice(2))
})

test('a conversation is locked for every server, and read by every server', async () => {
  const refused = Promise.withResolvers<void>()
  const model = scripted(async () => {
    await refused.promise
    return { text: ['Hello', ' there.'] }
  })
  await using s = await startReplicas({ m: model })
  const { id } = await s.one.client.conversations.create({})
  const body = { model: 'm', input: 'Hi', conversation: id }
  const answers = await Promise.all(
    [s.one, s.other].map(async (server) => {
      const answer = await raw(server, 'POST', '/v1/responses', body)
      // Whichever is first holds the conversation until the other one has asked.
      refused.resolve()
      return answer
    }),
  )
  const statuses = answers.map(({ status, json }) => `${status} ${json.error?.code ?? json.status}`)
  assert.deepEqual(statuses.toSorted(), ['200 completed', '400 conversation_locked'])
  const items = await s.other.client.conversations.items.list(id)
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['message', 'message'],
  )
})
