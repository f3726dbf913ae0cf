import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { MessageItem } from '../../src/contract/responses/items.ts'
import { restoreText } from '../../src/responses/restore-text.ts'
import { eventsNamed } from '../../src/store/run-log.ts'
import { openDatabaseOf } from '../database.ts'
import { createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'

const s = await createResponsesFixture((prompt) => ({
  text: JSON.stringify(prompt).includes('JSON') ? ['Here: ', '{"a":1}'] : ['Hi', ' 😀'],
  hang: JSON.stringify(prompt).includes('Hang'),
}))
after(() => s[Symbol.asyncDispose]())

const include = ['message.output_text.logprobs' as const]
const tokens = ['Hi', ' 😀'].map((token) => ({ token, logprob: 0 }))
/** As the events of a text have them, and as its part has them. */
const shown = tokens.map((token) => ({ ...token, top_logprobs: [token] }))
const whole = tokens
  .map((token) => ({ ...token, bytes: [...Buffer.from(token.token)] }))
  .map((token) => ({ ...token, top_logprobs: [token] }))
const part = { type: 'output_text', annotations: [], logprobs: whole, text: 'Hi 😀' }

test('probabilities of tokens stream with the text that they are of, and are kept with it', async () => {
  const events = await s.stream({ input: 'Hi', include, top_logprobs: 1 })
  const of = (name: string) =>
    events.filter(({ event }) => event === `response.${name}`).map(({ data }) => data)
  assert.deepEqual(
    of('output_text.delta').map(({ delta, logprobs }) => [delta, logprobs]),
    [
      ['Hi', shown.slice(0, 1)],
      [' 😀', shown.slice(1)],
    ],
  )
  assert.deepEqual(of('output_text.done')[0].logprobs, shown)
  assert.deepEqual(of('content_part.done')[0].part, part)
  assert.deepEqual(of('output_item.done')[0].item.content, [part])
  const [{ response }] = of('completed')
  assert.equal(response.top_logprobs, 1)
  assert.deepEqual(response.output[0].content, [part])
  const stored = await s.responses.retrieve(response.id)
  assert.deepEqual(stored.output, response.output)
  assert.deepEqual(s.model.calls.at(-1)?.providerOptions?.['openai'], { logprobs: 1 })
})

test('without a number each token has its own probability alone', async () => {
  const { output, top_logprobs } = await s.responses.create({ model: 'm', input: 'Hi', include })
  assert.equal(top_logprobs, 0)
  const [message] = output
  assert.deepEqual(message?.type === 'message' && message.content, [
    { ...part, logprobs: whole.map((token) => ({ ...token, top_logprobs: [] })) },
  ])
})

test('probabilities are shown to whoever asks for them, also later, and to nobody else', async () => {
  const params = { model: 'm', input: 'Hi', top_logprobs: 1 }
  const conversation = (await s.client.conversations.create()).id
  const made = await s.responses.create({ ...params, conversation })
  const contentIn = (items: { type: string; content?: unknown }[]) => items.at(-1)?.content
  assert.deepEqual(contentIn(made.output), [{ ...part, logprobs: [] }])
  assert.deepEqual(contentIn((await s.responses.retrieve(made.id, { include })).output), [part])
  const items = async (more: object) =>
    contentIn((await s.client.conversations.items.list(conversation, { order: 'asc', ...more })).data)
  assert.deepEqual(await items({}), [{ ...part, logprobs: [] }])
  assert.deepEqual(await items({ include }), [part])
  const events = await s.stream(params)
  assert.ok(!JSON.stringify(events).includes('"logprob"'))
})

test('an answer that is taken out of other words has none', async () => {
  const text = { format: { type: 'json_schema' as const, name: 'n', schema: { type: 'object' } } }
  const { output } = await s.responses.create({ model: 'm', input: 'Answer in JSON', include, text })
  const [message] = output
  const expected = { type: 'output_text', annotations: [], logprobs: [], text: '{"a":1}' }
  assert.deepEqual(message?.type === 'message' && message.content, [expected])
})

test('the items of an answer with probabilities are taken back', async () => {
  const { output } = await s.responses.create({ model: 'm', input: 'Hi', include })
  const next = await s.post({ model: 'm', input: [...output, { role: 'user', content: 'Go on' }] })
  assert.equal(next.status, 200, next.text)
})

test('where a server is lost, probabilities are restored with the text that was shown', async () => {
  const { id } = await s.responses.create({
    model: 'm',
    input: 'Hang',
    include,
    top_logprobs: 1,
    background: true,
  })
  const db = await openDatabaseOf(s.dataDir)
  try {
    const shownBy = () => eventsNamed(db, id, 'response.output_text.delta')
    const [first = ''] = await until(async () => {
      const deltas = await shownBy()
      return deltas.length === 2 && deltas
    })
    const { item_id } = JSON.parse(first) as { item_id: string }
    const message: MessageItem = {
      id: item_id,
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    }
    await restoreText(db, { id }, message)
    assert.deepEqual(message.content, [part])
  } finally {
    await db.close()
  }
  await s.responses.cancel(id)
})
