import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { scripted, type Script } from '../../src/models/scripted.ts'
import { pdf } from '../../src/search/extract/made-files.test.ts'
import { executeSql, order, readEvents } from '../runs.ts'
import { startTestServer } from '../server.ts'

const foods = `Favourite foods of the team.

Mariam likes ramen most of all, above any other dish. 🍜 She eats it on Fridays.

Jonas prefers a plain cheese sandwich with mustard.`

const travel = `Where people go in summer.

Mariam travels to the mountains of Norway with her tent.

Jonas stays at home and paints the fence.`

/** A server with an assistant that searches a store of these files, and a thread with a question. */
async function createFixture(
  script: Script,
  files: Record<string, string | Buffer>,
  question = 'What does Mariam like to eat?',
) {
  const model = scripted(script)
  const server = await startTestServer({ models: { scripted: model } })
  const { client } = server
  const store = await client.vectorStores.create({ name: 'facts' })
  for (const [name, content] of Object.entries(files)) {
    const file = new File([typeof content === 'string' ? content : new Uint8Array(content)], name)
    await client.vectorStores.files.uploadAndPoll(store.id, file, { pollIntervalMs: 50 })
  }
  const assistant = await client.beta.assistants.create({
    model: 'scripted',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: question }] })
  const { runs, messages } = client.beta.threads
  return {
    ...server,
    model,
    store,
    assistant,
    thread,
    finish: (params: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming> = {}) =>
      runs.createAndPoll(thread.id, { assistant_id: assistant.id, ...params }, { pollIntervalMs: 20 }),
    async stream(params: Record<string, unknown> = {}, query = '') {
      const response = await fetch(`${server.url}/v1/threads/${thread.id}/runs${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ assistant_id: assistant.id, stream: true, ...params }),
      })
      return readEvents(response)
    },
    async answer() {
      const [message] = (await messages.list(thread.id)).data
      const [part] = message?.content ?? []
      assert.ok(part?.type === 'text')
      return part.text
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const search = (...queries: string[]) => ({ toolCalls: [{ name: 'file_search', arguments: { queries } }] })
/** The marker of the first passage in what the tool told the model. */
const markers = (prompt: unknown) => JSON.stringify(prompt).match(/【\d+:\d+†[^】]+】/g) ?? []

test('a search streams as recorded: its empty delta, the results in the completed step, the marker whole in one delta', async () => {
  await using s = await createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like to eat?')
      const [mark = ''] = markers(prompt.at(-1))
      return { text: ['Mariam likes ramen', mark.slice(0, 3), mark.slice(3), '.'] }
    },
    { 'favourite_foods.txt': foods },
  )
  const events = await s.stream()
  assert.deepEqual(order(events), [
    'thread.run.created',
    'thread.run.queued',
    'thread.run.in_progress',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.run.step.delta',
    'thread.run.step.completed',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.message.created',
    'thread.message.in_progress',
    'thread.message.delta',
    'thread.message.completed',
    'thread.run.step.completed',
    'thread.run.completed',
    'done',
  ])
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
  await using s = await createFixture([search('ramen'), { text: 'Yes.' }], { 'favourite_foods.txt': foods })
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
  await using s = await createFixture([search('ramen'), { text: 'Yes.' }], { 'favourite_foods.txt': foods })
  const include = '?include[]=step_details.tool_calls%5B%2A%5D.file_search.results%5B%2A%5D.content'
  const events = await s.stream({}, include)
  const step = events.find(({ event }) => event === 'thread.run.step.completed')?.data
  const [result] = step.step_details.tool_calls[0].file_search.results
  assert.match(result.content[0].text, /ramen/)
  assert.equal(result.page_breaks, undefined)
})

test('a marker that names no result is taken out and never becomes a citation', async () => {
  await using s = await createFixture(
    [search('ramen'), { text: 'Ramen【0:7†made_up.txt】 it is【3:0†source】.' }],
    {
      'favourite_foods.txt': foods,
    },
  )
  await s.finish()
  const text = await s.answer()
  assert.equal(text.value, 'Ramen it is.')
  assert.deepEqual(text.annotations, [])
})

test('a marker that names another file than its numbers lead to is taken out', async () => {
  await using s = await createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like? Where does she travel?')
      const [first = '', second = ''] = [...new Set(markers(prompt.at(-1)))]
      const wrong = `${first.split('†')[0]}†${second.split('†')[1]}`
      return { text: `Ramen${wrong} and more ramen${first}.` }
    },
    { 'favourite_foods.txt': foods, 'travel.md': travel },
  )
  await s.finish()
  const text = await s.answer()
  assert.match(text.value, /^Ramen and more ramen【0:0†[a-z_.]+】\.$/)
  assert.equal(text.annotations.length, 1)
})

const quoteOf = (annotation: OpenAI.Beta.Threads.Annotation | undefined) =>
  annotation?.type === 'file_citation' ? (annotation.file_citation as { quote?: string }).quote : undefined

test('the quote supports the answer in Japanese too, and is the passage where the answer is in another language', async () => {
  const rules =
    '就業規則\n\n当社は東京にあります。有給休暇は年に二十日です。昼休みは一時間です。退職は一か月前に届け出ます。'
  const answers = ['休暇は二十日です', 'You get twenty days off']
  await using s = await createFixture(
    (prompt, call) =>
      call % 2 === 0
        ? search('有給休暇')
        : { text: `${answers[call >> 1]}${markers(prompt.at(-1)).at(-1)}.` },
    { '規則.txt': rules },
  )
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), '有給休暇は年に二十日です。')
  await s.client.beta.threads.messages.create(s.thread.id, { role: 'user', content: 'In English?' })
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), rules.split('\n\n')[1])
})

test('the quote is found in a later chunk of what the model was shown as one passage', async () => {
  const filler = (topic: string) => `Nobody knows why the ${topic} is as it is, and that is fine. `.repeat(60)
  const book = `${filler('harbour')}The tide is high at seven. ${filler('harbour')}Gulls nest on the northern pier. ${filler('harbour')}`
  await using s = await createFixture(
    (prompt, call) =>
      call === 0
        ? search('harbour tide', 'harbour gulls')
        : { text: `Gulls nest on the pier in the north${markers(prompt.at(-1))[0]}.` },
    { 'harbour.txt': book },
  )
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), 'Gulls nest on the northern pier.')
})

test("the assistant's store and the thread's are searched together, several searches in one turn", async () => {
  let asked: unknown
  await using s = await createFixture(
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
  await using s = await createFixture(
    [search('quantum chromodynamics lattice'), { text: 'Nothing there.' }],
    {},
  )
  assert.equal((await s.finish()).status, 'completed')
  assert.match(JSON.stringify(s.model.calls[1]?.prompt.at(-1)), /Nothing was found in the files/)
})

test('a later run does not repeat the passages, and old markers are not in its prompt', async () => {
  await using s = await createFixture(
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
  await using s = await createFixture([search('When does the harbour open?'), { text: 'Soon.' }], many)
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
  await using s = await createFixture([], { 'favourite_foods.txt': foods, 'travel.md': travel })
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

test('a PDF of many pages is uploaded, asked about, and the citation opens the right page', async () => {
  const words = 'timber harbour lantern meadow copper violin quarry saddle anchor willow'.split(' ')
  const filler = (page: number, line: number) =>
    Array.from({ length: 9 }, (_, at) => words[(page * 7 + line * 3 + at * at) % words.length]).join(' ')
  const pages = Array.from({ length: 30 }, (_, at) => {
    const page = at + 1
    const lines = Array.from({ length: 30 }, (_, line) => `Page ${page} says ${filler(page, line)}.`)
    if (page === 17) lines[12] = 'The night ferry to Bergen leaves at twenty past nine from the eastern pier.'
    return { lines: lines.map((text, line): [number, number, string] => [72, 720 - line * 20, text]) }
  })
  await using s = await createFixture(
    [],
    { 'almanac.pdf': pdf(pages) },
    'When does the night ferry to Bergen leave?',
  )
  const assistant = await s.client.beta.assistants.create({
    model: 'demo',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [s.store.id] } },
  })
  const events = await s.stream({ assistant_id: assistant.id })
  assert.equal(events.at(-2)?.event, 'thread.run.completed')
  const { value, annotations } = await s.answer()
  assert.match(value, /twenty past nine/)
  const [note] = annotations
  assert.ok(note?.type === 'file_citation')
  const cited = note.file_citation as { quote?: string; page_start?: number; page_end?: number }
  assert.equal(cited.quote, 'The night ferry to Bergen leaves at twenty past nine from the eastern pier.')
  assert.deepEqual([cited.page_start, cited.page_end], [17, 17])
})

/** Pages that share a long header, each with a fact of its own; the answer cites whatever passage was found. */
const headed = (numbers: number[]) =>
  pdf(
    Array.from({ length: 10 }, (_, at) => {
      const page = at + 1
      const header =
        page >= 4 && page <= 8
          ? [
              'Minutes of the joint committee on harbours, ferries, bridges and the roads that lead to all of these',
            ]
          : []
      const fact = numbers.includes(page)
        ? [`The ferry number ${page} leaves from pier ${page * 11} at noon.`]
        : []
      const lines = [
        ...header,
        `Here begins what was said on sheet ${page}.`,
        ...fact,
        `Sheet ${page} says no more.`,
      ]
      return { lines: lines.map((text, line): [number, number, string] => [72, 720 - line * 14, text]) }
    }),
  )

for (const [how, forget] of [
  ['as it is cut now', ''],
  ['as it was cut before page breaks were kept', 'update chunks set page_breaks = null'],
] as const) {
  test(`pages with one running header are told apart in a passage, ${how}`, async () => {
    const facts = [4, 5, 6, 7, 9]
    await using s = await createFixture(
      (prompt, call) => {
        const fact = facts[Math.floor(call / 2)] ?? 0
        if (call % 2 === 0) return search(`Where does ferry number ${fact} leave from?`)
        return {
          text: `Ferry number ${fact} leaves from pier ${fact * 11} at noon${markers(prompt.at(-1))[0]}.`,
        }
      },
      { 'minutes.pdf': headed(facts) },
    )
    if (forget) await executeSql(s, forget)
    for (const fact of facts) {
      await s.finish()
      const [note] = (await s.answer()).annotations
      assert.ok(note?.type === 'file_citation')
      const cited = note.file_citation as { quote?: string; page_start?: number; page_end?: number }
      assert.match(cited.quote ?? '', new RegExp(`pier ${fact * 11}`))
      assert.deepEqual([cited.page_start, cited.page_end], [fact, fact])
    }
  })
}

test('a citation stands whatever is in the name of its file', async () => {
  const name = `${'a very long name '.repeat(24)}【of a file】.txt`
  await using s = await createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like to eat?')
      return { text: `Mariam likes ramen${markers(prompt.at(-1))[0] ?? ' (no marker)'}.` }
    },
    { [name]: foods },
  )
  await s.finish()
  const { value, annotations } = await s.answer()
  assert.match(value, /^Mariam likes ramen【0:0†a very long name [^【】]{1,150}\.txt】\.$/)
  assert.equal(annotations.length, 1)
})

test('searches of models are counted by project and key', async () => {
  await using s = await createFixture(
    (_prompt, call) => (call === 0 ? search('ramen', 'noodles') : { text: 'Found.' }),
    { 'favourite_foods.txt': foods },
  )
  assert.equal((await s.finish()).status, 'completed')
  const { usage } = new OpenAI({ baseURL: `${s.url}/v1`, adminAPIKey: s.server.adminKey }).admin.organization
  const start_time = Math.floor(Date.now() / 1_000) - 3_600
  const page = await usage.fileSearchCalls({ start_time, group_by: ['project_id', 'api_key_id'] })
  assert.deepEqual(
    page.data.flatMap(({ results }) => results),
    [
      {
        object: 'organization.usage.file_searches.result',
        num_requests: 1,
        project_id: 'default',
        user_id: null,
        api_key_id: 'key_default',
        vector_store_id: null,
      },
    ],
  )
  await assert.rejects(usage.fileSearchCalls({ start_time, group_by: ['vector_store_id'] }), { status: 400 })
  await assert.rejects(usage.images({ start_time }), { status: 404, code: 'usage_not_counted' })
})
