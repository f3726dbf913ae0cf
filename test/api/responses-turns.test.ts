import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResponsesFixture } from '../responses.ts'

const search = (...queries: string[]) =>
  queries.map((query) => ({ name: 'file_search', arguments: { queries: [query] } }))

test('what the model calls once it has a result stands behind that result in every later prompt, and what it calls together stays together', async () => {
  const turns = [{ toolCalls: search('Mariam', 'ramen') }, { toolCalls: search('Fridays') }]
  await using s = await createResponsesFixture((_prompt, call) => turns[call] ?? { text: 'Ramen.' })
  const { id: store } = await s.client.vectorStores.create({})
  const tools = [{ type: 'file_search' as const, vector_store_ids: [store] }]
  const { id } = await s.responses.create({ model: 'm', input: 'What does Mariam eat?', tools })
  await s.responses.create({ model: 'm', input: 'And?', previous_response_id: id, tools })
  const shapes = s.model.calls.map(({ prompt }) =>
    prompt.flatMap(({ role, content }) =>
      role === 'system' ? [] : [role === 'tool' ? `results: ${content.length}` : role],
    ),
  )
  const [none, two] = [['user'], ['user', 'assistant', 'results: 2']]
  const three = [...two, 'assistant', 'results: 1']
  assert.deepEqual(shapes, [none, two, three, [...three, 'assistant', 'user']])
})
