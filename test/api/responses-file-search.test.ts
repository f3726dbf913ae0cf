import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script } from '../../src/models/scripted.ts'
import { refused } from '../raw.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'

const foods = `Favourite foods of the team.

Mariam likes ramen most of all, above any other dish. She eats it on Fridays.`

const question = 'What does Mariam like to eat?'
const search = (...queries: string[]) => ({ toolCalls: [{ name: 'file_search', arguments: { queries } }] })
/** The markers of the passages that the model was told of. */
const markers = (prompt: unknown) => JSON.stringify(prompt).match(/【\d+:\d+†[^】]+】/g) ?? []
/** Searches once, and says what it found with its marker before the full stop. */
const searching: Script = (prompt) => {
  if (prompt.at(-1)?.role !== 'tool') return search(question, 'Mariam food')
  const [mark = ''] = markers(prompt.at(-1))
  return { text: ['Mariam likes ', 'ramen', mark.slice(0, 3), mark.slice(3), '.'] }
}

async function createFixture(script: Script = searching) {
  const server = await createResponsesFixture(script)
  const { vectorStores } = server.client
  const store = await vectorStores.create({ name: 'facts' })
  const file = await vectorStores.files.uploadAndPoll(store.id, new File([foods], 'foods.txt'), {
    pollIntervalMs: 30,
  })
  return { ...server, store, file, tools: [{ type: 'file_search' as const, vector_store_ids: [store.id] }] }
}

test('a search streams as was recorded', async () => {
  await using s = await createFixture()
  const events = await s.stream({ input: question, tools: s.tools, include: ['file_search_call.results'] })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events).slice(0, 7), [
    'created',
    'in_progress',
    'output_item.added(file_search_call)',
    'file_search_call.in_progress',
    'file_search_call.searching',
    'file_search_call.completed',
    'output_item.done(file_search_call)',
  ])
  const [added] = events.filter(({ event }) => event === 'response.output_item.added')
  const { id } = added?.data.item
  assert.match(id, /^fs_[0-9a-f]{50}$/)
  assert.deepEqual(added?.data.item, {
    id,
    type: 'file_search_call',
    status: 'in_progress',
    queries: [],
    results: null,
  })
  const { response } = events.at(-1)?.data
  const [call] = response.output
  assert.deepEqual(
    { ...call, results: [] },
    { id, type: 'file_search_call', status: 'completed', queries: [question, 'Mariam food'], results: [] },
  )
  const [result] = call.results
  assert.deepEqual(result, {
    attributes: {},
    file_id: s.file.id,
    filename: 'foods.txt',
    score: result.score,
    text: foods,
  })
  assert.match(String(result.score), /^0(\.\d{1,4})?$|^1$/)
  assert.deepEqual(response.tools, [
    {
      type: 'file_search',
      filters: null,
      max_num_results: 20,
      ranking_options: { ranker: 'auto', score_threshold: 0 },
      vector_store_ids: [s.store.id],
    },
  ])
})

test('a vector store that is not there is refused', async () => {
  await using s = await createResponsesFixture(searching)
  const tools = [{ type: 'file_search', vector_store_ids: ['vs_none'] }]
  refused(
    await s.post({ model: 'm', input: 'Hi', tools }),
    404,
    "Vector store with id ['vs_none'] not found.",
  )
})
