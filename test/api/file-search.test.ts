import { callStep, messageStep, runBegins, runCompletes } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { order } from '../runs.ts'
import {
  foods,
  travel,
  search,
  markers,
  startSearchServer,
  type SearchServer,
} from './file-search-fixture.ts'

let server: SearchServer
before(async () => (server = await startSearchServer()))
after(() => server[Symbol.asyncDispose]())

test('a search streams as recorded: its empty delta, the results in the completed step, the marker whole in one delta', async () => {
  const s = await server.createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like to eat?')
      const [mark = ''] = markers(prompt.at(-1))
      return { text: ['Mariam likes ramen', mark.slice(0, 3), mark.slice(3), '.'] }
    },
    { 'favourite_foods.txt': foods },
  )
  const events = await s.stream()
  assert.deepEqual(order(events), [...runBegins, ...callStep, ...messageStep, ...runCompletes])
  const delta = events.find(({ event }) => event === 'thread.run.step.delta')?.data.delta.step_details
  assert.deepEqual(delta, {
    type: 'tool_calls',
    tool_calls: [
      {
        index: 0,
        id: delta.tool_calls[0].id,
        type: 'file_search',
        file_search: { ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0 }, results: [] },
      },
    ],
  })
  const step = events.find(({ event }) => event === 'thread.run.step.completed')?.data
  const [result] = step.step_details.tool_calls[0].file_search.results
  assert.equal(result.file_name, 'favourite_foods.txt')
  assert.ok(result.score > 0 && result.score <= 1)
  assert.equal(result.content, undefined)

  const cited = events.filter(
    ({ event, data }) => event === 'thread.message.delta' && data.delta.content[0].text.annotations?.length,
  )
  assert.equal(cited.length, 1)
  const { value, annotations } = cited[0]?.data.delta.content[0].text
  assert.equal(value, '【0:0†favourite_foods.txt】')
  assert.equal(annotations[0].index, 0)
  assert.equal(annotations[0].text, value)

  const text = await s.answer()
  assert.equal(text.value, 'Mariam likes ramen【0:0†favourite_foods.txt】.')
  const [note] = text.annotations
  assert.ok(note?.type === 'file_citation')
  assert.equal([...text.value].slice(note.start_index, note.end_index).join(''), note.text)
  const { file_id, quote } = note.file_citation as { file_id: string; quote?: string }
  assert.equal((await s.client.files.retrieve(file_id)).filename, 'favourite_foods.txt')
  assert.match(quote ?? '', /Mariam likes ramen most of all/)
  assert.ok(foods.includes(quote ?? 'nowhere'))
})

test('the text of the results shows only when it is asked for', async () => {
  const s = await server.createFixture([search('ramen'), { text: 'Yes.' }], { 'favourite_foods.txt': foods })
  const run = await s.finish()
  const { steps } = s.client.beta.threads.runs
  const find = async (include?: OpenAI.Beta.Threads.Runs.RunStepInclude[]) => {
    const page = await steps.list(run.id, {
      thread_id: s.thread.id,
      order: 'asc',
      ...(include && { include }),
    })
    const [step] = page.data
    assert.ok(step?.step_details.type === 'tool_calls')
    const [call] = step.step_details.tool_calls
    assert.ok(call?.type === 'file_search')
    return call.file_search.results?.[0]
  }
  assert.equal((await find())?.content, undefined)
  const shown = await find(['step_details.tool_calls[*].file_search.results[*].content'])
  assert.match(shown?.content?.[0]?.text ?? '', /ramen/)
})

test('the text of the results is in the stream of a run that was created with it asked for', async () => {
  const s = await server.createFixture([search('ramen'), { text: 'Yes.' }], { 'favourite_foods.txt': foods })
  const include = '?include[]=step_details.tool_calls%5B%2A%5D.file_search.results%5B%2A%5D.content'
  const events = await s.stream({}, include)
  const step = events.find(({ event }) => event === 'thread.run.step.completed')?.data
  const [result] = step.step_details.tool_calls[0].file_search.results
  assert.match(result.content[0].text, /ramen/)
  assert.equal(result.page_breaks, undefined)
})

test("the assistant's store and the thread's are searched together, several searches in one turn", async () => {
  let asked: unknown
  const s = await server.createFixture(
    (prompt, call) => {
      if (call === 0) {
        return {
          toolCalls: [
            { name: 'file_search', arguments: { queries: ['What does Mariam eat?'] } },
            { name: 'file_search', arguments: { queries: ['Where does Mariam travel?', 'tent'] } },
          ],
        }
      }
      asked = prompt.at(-1)
      const second = markers(asked).find((mark) => mark.startsWith('【1:') && mark.includes('travel'))
      return { text: `To Norway${second}` }
    },
    { 'favourite_foods.txt': foods },
  )
  const file = await s.client.files.create({ file: new File([travel], 'travel.md'), purpose: 'assistants' })
  // Not waited for: the run waits for what is attached to its thread.
  await s.client.beta.threads.messages.create(s.thread.id, {
    role: 'user',
    content: 'And where does she go?',
    attachments: [{ file_id: file.id, tools: [{ type: 'file_search' }] }],
  })
  const run = await s.finish()
  assert.equal(run.status, 'completed')
  const text = await s.answer()
  assert.equal(text.annotations.length, 1)
  const [note] = text.annotations
  assert.ok(note?.type === 'file_citation' && note.file_citation.file_id === file.id)
  assert.match(text.value, /^To Norway【1:\d+†travel\.md】$/)
})

test('an empty store and an empty result are said plainly', async () => {
  const s = await server.createFixture(
    [search('quantum chromodynamics lattice'), { text: 'Nothing there.' }],
    {},
  )
  assert.equal((await s.finish()).status, 'completed')
  assert.match(JSON.stringify(s.model.calls[1]?.prompt.at(-1)), /Nothing was found in the files/)
})

test('a later run does not repeat the passages, and old markers are not in its prompt', async () => {
  const s = await server.createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like?')
      if (call === 1) return { text: `Ramen${markers(prompt.at(-1))[0]}` }
      return { text: 'As I said.' }
    },
    { 'favourite_foods.txt': foods },
  )
  await s.finish()
  await s.client.beta.threads.messages.create(s.thread.id, { role: 'user', content: 'Sure?' })
  await s.finish()
  const prompt = JSON.stringify(s.model.calls[2]?.prompt)
  assert.doesNotMatch(prompt, /【/)
  assert.doesNotMatch(prompt, /above any other dish/)
  assert.match(prompt, /file_search/)
})

test('max_num_results and score_threshold are honoured', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 6 }, (_, at) => [
      `note${at}.txt`,
      `Note ${at}: the harbour opens at ${at} o'clock.`,
    ]),
  )
  const s = await server.createFixture([search('When does the harbour open?'), { text: 'Soon.' }], many)
  const run = await s.finish({
    tools: [
      {
        type: 'file_search',
        file_search: { max_num_results: 2, ranking_options: { score_threshold: 0.01 } },
      },
    ],
  })
  const page = await s.client.beta.threads.runs.steps.list(run.id, { thread_id: s.thread.id, order: 'asc' })
  const details = page.data[0]?.step_details
  assert.ok(details?.type === 'tool_calls' && details.tool_calls[0]?.type === 'file_search')
  assert.equal(details.tool_calls[0].file_search.results?.length, 2)
  assert.equal(details.tool_calls[0].file_search.ranking_options?.score_threshold, 0.01)
})

test('the demo model answers from the files, word for word and with citations', async () => {
  const s = await server.createFixture([], { 'favourite_foods.txt': foods, 'travel.md': travel })
  const assistant = await s.client.beta.assistants.create({
    model: 'demo',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [s.store.id] } },
  })
  const run = await s.finish({ assistant_id: assistant.id })
  assert.equal(run.status, 'completed')
  const text = await s.answer()
  assert.match(text.value, /Mariam likes ramen most of all, above any other dish/)
  const [note] = text.annotations
  assert.ok(note?.type === 'file_citation')
  assert.equal((await s.client.files.retrieve(note.file_citation.file_id)).filename, 'favourite_foods.txt')
})

test('searches of models are counted by project and key', async () => {
  const s = await server.createFixture(
    (_prompt, call) => (call === 0 ? search('ramen', 'noodles') : { text: 'Found.' }),
    { 'favourite_foods.txt': foods },
  )
  const { usage } = new OpenAI({ baseURL: `${s.url}/v1`, adminAPIKey: s.server.adminKey }).admin.organization
  const start_time = Math.floor(Date.now() / 1_000) - 3_600
  const counted = async () => {
    const page = await usage.fileSearchCalls({ start_time, group_by: ['project_id', 'api_key_id'] })
    return page.data.flatMap(({ results }) => results) as { num_requests: number }[]
  }
  const [before] = await counted()
  assert.equal((await s.finish()).status, 'completed')
  assert.deepEqual(await counted(), [
    {
      object: 'organization.usage.file_searches.result',
      num_requests: (before?.num_requests ?? 0) + 1,
      project_id: 'default',
      user_id: null,
      api_key_id: 'key_default',
      vector_store_id: null,
    },
  ])
  await assert.rejects(usage.fileSearchCalls({ start_time, group_by: ['vector_store_id'] }), { status: 400 })
  await assert.rejects(usage.images({ start_time }), { status: 404, code: 'usage_not_counted' })
})
