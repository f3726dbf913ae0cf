import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createRunFixture, executeSql } from '../runs.ts'
import type { Thread, ThreadSummary } from '../../src/contract/threads.ts'

type Fixture = Awaited<ReturnType<typeof createRunFixture>>

let f: Fixture
/** Threads by their names, in the order of their creation. */
const ids: Record<string, string> = {}
let other: string
before(async () => {
  f = await createRunFixture((prompt) =>
    JSON.stringify(prompt).includes('refuse')
      ? { error: { message: 'refused', status: 400 } }
      : { text: 'Eine Antwort über Käse.' },
  )
  await f.threads.delete(f.thread.id)
  other = (await f.client.beta.assistants.create({ model: 'scripted' })).id
  const make = async (name: string, messages: string[], metadata = {}) => {
    ids[name] = (
      await f.threads.create({ metadata, messages: messages.map((content) => ({ role: 'user', content })) })
    ).id
    return ids[name]
  }
  await make('empty', [], { customer: 'Łukasz Żak' })
  await make('tax', ['How do I file my TAXES in Zürich?', 'And the naïve way?'])
  await make('tokyo', ['東京の天気はどうですか', 'Straße, ΟΔΥΣΣΕΎΣ и Ёлка'])
  const run = (thread: string, assistant_id: string) => f.threads.runs.createAndPoll(thread, { assistant_id })
  await run(await make('cheese', ['Tell me a\n\n  "story" with \\ and\ttabs']), f.assistant.id)
  await run(await make('failed', ['Please refuse.']), other)
})
after(() => f[Symbol.asyncDispose]())

const list = (query: Record<string, unknown>) =>
  f.client.get<{ data: Thread[]; has_more: boolean; last_id: string }>('/threads', { query })
const nameOf = (id: string) => Object.entries(ids).find(([, one]) => one === id)?.[0]
const found = async (query: Record<string, unknown>) =>
  (await list({ order: 'asc', ...query })).data.map(({ id }) => nameOf(id)).join(' ')

describe('threads are found by words', () => {
  const cases: [what: string, query: string, found: string][] = [
    ['in any case', 'taxes', 'tax'],
    ['with or without accents', 'naive', 'tax'],
    ['but not one in one message and one in another', 'zurich naive', ''],
    ['all of them in one message', 'Zurich taxes', 'tax'],
    ['in a script without spaces', '天気', 'tokyo'],
    ['with letters that have two forms', 'STRASSE', 'tokyo'],
    ['with a sigma at the end', 'οδυσσεύς', 'tokyo'],
    ['in Cyrillic letters', 'елка', 'tokyo'],
    ['with signs that JSON escapes', '"story" \\ tabs', 'cheese'],
    ['that the model has said', 'käse', 'cheese'],
    ['in the values of metadata', 'zak', 'empty'],
    ['in no thread', 'unheard-of', ''],
    ['but not in what is around the text', 'annotations', ''],
  ]
  for (const [what, query, expected] of cases)
    test(what, async () => assert.equal(await found({ query }), expected))

  test('that are decomposed', async () => assert.equal(await found({ query: 'Zu\u0308rich' }), 'tax'))

  test('and by the id of a thread, a run or a message', async () => {
    const id = ids['cheese'] ?? ''
    const [run] = (await f.threads.runs.list(id)).data
    const [answer] = (await f.threads.messages.list(id)).data
    for (const query of [id, run?.id, answer?.id]) assert.equal(await found({ query }), 'cheese')
    assert.equal(await found({ query: 'run_unknown' }), '')
    assert.equal(await found({ query: id.slice(0, -1) }), '')
  })
})

test('what was found is shown with the summary', async () => {
  const one = async (query: string) => (await list({ query, include: ['summary'] })).data[0]?.summary?.matched
  const [said, asked] = (await f.threads.messages.list(ids['cheese'] ?? '')).data
  assert.deepEqual(await one('käse'), { message_id: said?.id, text: 'Eine Antwort über Käse.' })
  assert.deepEqual(await one('story'), { message_id: asked?.id, text: 'Tell me a "story" with \\ and tabs' })
  assert.equal(await one('lukasz'), null)
  assert.equal(await one(ids['tax'] ?? ''), null)
})

test('of a long message the part around the word is shown, and of its beginning the title', async () => {
  const long = `${'früher Ἀθηνᾶ 👍🏽 '.repeat(10_000)}needle${' später'.repeat(1_000)}`
  const { id } = await f.threads.create({ messages: [{ role: 'user', content: long }] })
  const [thread] = (await list({ query: 'NEEDLE', include: ['summary'] })).data
  assert.equal(thread?.id, id)
  const { matched, title } = thread.summary as ThreadSummary
  assert.match(matched?.text ?? '', /^….*needle später.*…$/u)
  assert.ok((matched?.text.length ?? 0) <= 200 && matched?.text.isWellFormed())
  assert.ok((title?.length ?? 0) <= 120 && title?.isWellFormed() && title.startsWith('früher'))
  await f.threads.delete(id)
})

describe('the list of threads is narrowed', () => {
  test('by an assistant that ran in them', async () => {
    assert.equal(await found({ assistant_id: f.assistant.id }), 'cheese')
    assert.equal(await found({ assistant_id: 'asst_none' }), '')
  })
  test('by the status of the newest run', async () => {
    assert.equal(await found({ status: 'failed' }), 'failed')
    assert.equal(await found({ status: 'failed,completed' }), 'cheese failed')
    assert.equal(await found({ status: 'cancelling' }), '')
    const id = ids['failed'] ?? ''
    await f.threads.messages.create(id, { role: 'user', content: 'Again' })
    await executeSql(
      f,
      "update messages set body = replace(body, 'refuse', 'answer') where thread_id = ?",
      id,
    )
    await f.threads.runs.createAndPoll(id, { assistant_id: other })
    assert.equal(await found({ status: 'failed' }), '')
    assert.equal(await found({ status: 'completed', assistant_id: other }), 'failed')
  })
  test('by the time of creation, with words and metadata', async () => {
    const [first, second] = [ids['empty'] ?? '', ids['tax'] ?? '']
    await executeSql(f, 'update threads set created_at = 1000 where id = ?', first)
    await executeSql(f, 'update threads set created_at = 2000 where id = ?', second)
    assert.equal(await found({ created_at: { lte: 2000 } }), 'empty tax')
    assert.equal(await found({ created_at: { gt: 1000, lt: 3000 }, query: 'taxes' }), 'tax')
    assert.equal(await found({ created_at: { lt: 2000 }, metadata: { customer: 'Łukasz Żak' } }), 'empty')
  })
})

test('a list that is narrowed by words is read in pages, and each thread comes once', async () => {
  const made: string[] = []
  for (let n = 0; n < 30; n++) {
    const content = n % 3 === 0 ? `pagination ${n}` : 'something else'
    const { id } = await f.threads.create({ messages: [{ role: 'user', content }] })
    if (n % 3 === 0) made.push(id)
  }
  for (const order of ['asc', 'desc']) {
    const met: string[] = []
    for (let after: string | undefined; ;) {
      const page = await list({ query: 'pagination', limit: 3, order, ...(after && { after }) })
      met.push(...page.data.map(({ id }) => id))
      if (!page.has_more) break
      after = page.last_id
    }
    assert.deepEqual(met, order === 'asc' ? made : made.toReversed())
  }
  const back = await list({ query: 'pagination', limit: 2, order: 'asc', before: made[5] ?? '' })
  assert.deepEqual([back.data.map(({ id }) => id), back.has_more], [made.slice(3, 5), true])
})

test('a summary says what a thread is about, how long it is and how its newest run went', async () => {
  const id = ids['cheese'] ?? ''
  const [run] = (await f.threads.runs.list(id)).data
  const [answer] = (await f.threads.messages.list(id)).data
  const thread = await f.client.get<Thread>(`/threads/${id}`, { query: { include: ['summary'] } })
  assert.deepEqual(thread.summary, {
    title: 'Tell me a "story" with \\ and tabs',
    messages: 2,
    last_message_at: answer?.created_at,
    last_run: {
      id: run?.id,
      status: 'completed',
      assistant_id: f.assistant.id,
      model: 'scripted',
      created_at: run?.created_at,
    },
  })
  const empty = await f.client.get<Thread>(`/threads/${ids['empty']}`, { query: { include: ['summary'] } })
  assert.deepEqual(empty.summary, { title: null, messages: 0, last_message_at: null, last_run: null })
  const [listed] = (await list({ assistant_id: f.assistant.id, include: ['summary'] })).data
  assert.deepEqual(listed, thread)
  assert.ok(!('summary' in (await f.threads.retrieve(id))))
})

test('the title is that of the first message of the user with text', async () => {
  const { id } = await f.threads.create({
    messages: [
      { role: 'assistant', content: 'Welcome' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
      { role: 'user', content: 'What is this?' },
    ],
  })
  const thread = await f.client.get<Thread>(`/threads/${id}?include[]=summary`)
  assert.equal(thread.summary?.title, 'What is this?')
})

test('what is wrong in the question is said', async () => {
  refused(
    await raw(f, 'GET', `/v1/threads?query=${'a+'.repeat(21)}`),
    400,
    "Invalid 'query': too many words. Expected at most 20, but got 21 instead.",
    { param: 'query', code: 'invalid_value' },
  )
  refused(await raw(f, 'GET', '/v1/threads?query=%20'), 400, "Invalid 'query': it contains no word.", {
    param: 'query',
    code: 'empty_string',
  })
  refused(
    await raw(f, 'GET', '/v1/threads?include[]=messages'),
    400,
    "Invalid value: 'messages'. Supported values are: 'summary'.",
    { param: 'include', code: 'invalid_value' },
  )
})
