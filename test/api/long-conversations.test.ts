import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../../src/store/database.ts'
import { openDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { asked, createResponsesFixture } from '../responses.ts'

/** The columns that a copy of a run takes over, for rows that a chain or a tree is made of. */
async function columnsOfCopy(db: Database, id: string): Promise<string> {
  const [row = {}] = await db.all<Record<string, unknown>>('select * from runs where id = ?', id)
  return Object.keys(row)
    .filter((column) => !['seq', 'id', 'previous'].includes(column))
    .join(', ')
}

test('items are paged in both orders and from both sides, wherever a page ends between messages and what stands after them', async () => {
  await using s = await createResponsesFixture([])
  const message = { type: 'message' as const, role: 'user' as const, content: 'Hi' }
  const call = (id: string) => [
    { type: 'function_call' as const, call_id: id, name: 'look', arguments: '{}' },
    { type: 'function_call_output' as const, call_id: id, output: 'seen' },
  ]
  const { id } = await s.client.conversations.create({
    items: [...call('a'), message, message, ...call('b'), ...call('c'), message],
  })
  type Page = { data: { id: string }[]; has_more: boolean }
  const page = async (query: string): Promise<Page> =>
    (await raw(s, 'GET', `/v1/conversations/${id}/items?${query}`)).json
  for (const order of ['asc', 'desc']) {
    const all = (await page(`order=${order}&limit=100`)).data.map((item) => item.id)
    assert.equal(all.length, 9)
    for (const limit of [1, 2, 4])
      for (const [at, cursor] of all.entries()) {
        const after = await page(`order=${order}&limit=${limit}&after=${cursor}`)
        assert.deepEqual(
          after.data.map((item) => item.id),
          all.slice(at + 1, at + 1 + limit),
        )
        assert.equal(after.has_more, at + 1 + limit < all.length)
        const before = await page(`order=${order}&limit=${limit}&before=${cursor}`)
        assert.deepEqual(
          before.data.map((item) => item.id),
          all.slice(Math.max(0, at - limit), at),
        )
      }
    const between = await page(`order=${order}&after=${all[1]}&before=${all[6]}`)
    assert.deepEqual(
      between.data.map((item) => item.id),
      all.slice(2, 6),
    )
  }
})

test('of a chain of very many responses the input is listed, and the tree around each', async () => {
  await using s = await createResponsesFixture([{ text: 'Yes.' }, { text: 'Still.' }])
  const { id } = await s.responses.create({ model: 'm', input: 'Hi' })
  const db = await openDatabaseOf(s.dataDir)
  const same = await columnsOfCopy(db, id)
  const length = 17_000
  await db.write((tx) =>
    tx.run(
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${length})
       insert into runs (id, previous, ${same})
       select 'resp_' || n, case when n = 1 then ? else 'resp_' || (n - 1) end, ${same}
       from numbers join runs on runs.id = ? order by n`,
      id,
      id,
    ),
  )
  await db.close()
  const last = `resp_${length}`
  const { data } = (await raw(s, 'GET', `/v1/responses/${last}/input_items`)).json
  assert.deepEqual(
    data.map((item: { role: string }) => item.role),
    ['assistant', 'user'],
  )
  for (const [of, first] of [
    [last, length - 999],
    ['resp_9000', 8_501],
  ] as const) {
    const tree = (await raw(s, 'GET', `/v1/responses/${of}/chain`)).json
    const ids = new Set(tree.data.map((one: { id: string }) => one.id))
    assert.deepEqual([ids.size, tree.has_more], [1_000, true])
    for (const one of [of, `resp_${first}`]) assert.ok(ids.has(one), one)
  }
  const next = await s.responses.create({ model: 'm', previous_response_id: last, input: 'And now?' })
  assert.equal(next.output_text, 'Still.')
  assert.equal(s.model.calls.at(-1)?.prompt.length, 3)
})

test('in a tree of very many forks a response has what it goes on with and what goes on with it', async () => {
  await using s = await createResponsesFixture([{ text: 'Yes.' }])
  const { id } = await s.responses.create({ model: 'm', input: 'Hi' })
  const db = await openDatabaseOf(s.dataDir)
  const same = await columnsOfCopy(db, id)
  const insert = (name: string, previous: string, from: string) =>
    db.write((tx) =>
      tx.run(
        `insert into runs (id, previous, ${same}) select '${name}' || n, ${previous}, ${same}
         from ${from} join runs on runs.id = ? order by n`,
        id,
      ),
    )
  await insert('resp_fork', `'${id}'`, numbers(2_500))
  await insert('resp_next', "case when n = 1 then 'resp_fork3' else 'resp_next' || (n - 1) end", numbers(20))
  const tree = (await raw(s, 'GET', '/v1/responses/resp_fork3/chain')).json
  const ids = new Set(tree.data.map((one: { id: string }) => one.id))
  assert.deepEqual([ids.size, tree.has_more], [1_000, true])
  for (let n = 1; n <= 20; n++) assert.ok(ids.has(`resp_next${n}`), `resp_next${n}`)
  assert.ok(ids.has(id))
  await db.close()
})

/** A number of rows, for `select … from`. */
const numbers = (count: number) =>
  `(with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count}) select n from numbers) as numbers`

const words = 'word '.repeat(400)
const said = (role: string, text: string) =>
  JSON.stringify({
    item: {
      id: 'msg_far',
      type: 'message',
      status: 'completed',
      content: [{ type: 'input_text', text }],
      role,
    },
  })

/** What nobody can read: whoever reads it fails. */
const unreadable = 'not JSON'

/** Adds an item to a conversation, so many times. */
const addItems = (db: Database, conversation: string, body: string, count: number) =>
  db.write((tx) =>
    tx.run(
      `insert into conversation_items (id, project, thread_id, place, body)
       select ? || n, project, id, 0, ? from ${numbers(count)} join threads on threads.id = ? order by n`,
      `msg_${Math.random()}`,
      body,
      conversation.replace('conv_', 'thread_'),
    ),
  )

test('of a long conversation a response reads only what fits into its prompt, and what the developer has said', async () => {
  await using s = await createResponsesFixture([{ text: 'Yes.' }, { text: 'Yes.' }])
  const { id } = await s.client.conversations.create()
  const db = await openDatabaseOf(s.dataDir)
  await addItems(db, id, unreadable, 2_000)
  await addItems(db, id, said('developer', 'Be kind.'), 1)
  await addItems(db, id, unreadable, 2_000)
  await addItems(db, id, said('user', words), 1_000)
  const body = { model: 'm', conversation: id, truncation: 'auto' as const }
  const { output_text, id: response } = await s.responses.create({ ...body, input: 'And now?' })
  assert.equal(output_text, 'Yes.')
  const prompt = asked(s.model.calls.at(-1))
  assert.deepEqual(prompt[0], ['system', 'Be kind.'])
  assert.deepEqual(prompt.at(-1), ['user', 'And now?'])
  assert.ok(prompt.length > 20 && prompt.length < 300, `${prompt.length}`)
  assert.ok(prompt.slice(1, -1).every(([role, text]) => role === 'user' && text === words))
  type Context = { dropped: number; parts: { item_ids: string[] }[] }
  const { json } = await raw(s, 'GET', `/v1/responses/${response}/timeline`)
  const { context } = json.data.find(({ type }: { type: string }) => type === 'model_turn')
  const { dropped, parts } = context as Context
  assert.equal(dropped + parts.length, 5_002, 'everything is sent or left out')
  assert.deepEqual(parts[0]?.item_ids, ['msg_far'])
  assert.ok(parts.every(({ item_ids }) => item_ids.length === 1))
  await db.close()
})

test('what the developer has said long ago is looked for once, however often the model is asked', async () => {
  let forget = async () => {}
  await using s = await createResponsesFixture(async (_prompt, index) => {
    await forget()
    return index === 0 ? { text: 'I ', error: { status: 503, message: 'Busy.' } } : { text: 'do.' }
  })
  const { id } = await s.client.conversations.create()
  const db = await openDatabaseOf(s.dataDir)
  await addItems(db, id, said('developer', 'Be kind.'), 1)
  await addItems(db, id, said('user', words), 600)
  forget = async () =>
    void (await db.write((tx) => tx.run("delete from conversation_items where body like '%Be kind.%'")))
  const { output_text } = await s.responses.create({
    model: 'm',
    conversation: id,
    truncation: 'auto',
    input: 'Do you?',
  })
  assert.match(output_text, /do\./)
  assert.deepEqual(
    s.model.calls.map((call) => asked(call)[0]),
    [
      ['system', 'Be kind.'],
      ['system', 'Be kind.'],
    ],
  )
  await db.close()
})

for (const [where, older] of [
  ['among what was read', 20],
  ['far before it', 900],
] as const)
  test(`what the developer has said takes the place of other words and not more than there is: ${where}`, async () => {
    await using s = await createResponsesFixture([{ text: 'Yes.' }])
    const { id } = await s.client.conversations.create()
    const db = await openDatabaseOf(s.dataDir)
    await addItems(db, id, said('developer', 'Be kind.'), 1)
    await addItems(db, id, said('developer', words), 20)
    await addItems(db, id, said('user', words), older)
    await addItems(db, id, said('user', words.repeat(40)), 10)
    const { id: response } = await s.responses.create({
      model: 'm',
      conversation: id,
      truncation: 'auto',
      input: 'And now?',
    })
    const prompt = asked(s.model.calls.at(-1))
    assert.deepEqual(
      prompt.flatMap(([role, text]) => (role === 'system' ? [text] : [])),
      ['Be kind.', ...Array.from({ length: 20 }, () => words)],
    )
    assert.deepEqual(prompt.at(-1), ['user', 'And now?'])
    const { json } = await raw(s, 'GET', `/v1/responses/${response}/timeline`)
    const { context } = json.data.find(({ type }: { type: string }) => type === 'model_turn')
    const tokens = context.parts.reduce((sum: number, part: { tokens: number }) => sum + part.tokens, 0)
    assert.ok(tokens <= context.window - context.reserved, `${tokens}`)
    await db.close()
  })

test('of very many items between two messages a run reads only what fits into its prompt', async () => {
  await using s = await createResponsesFixture([{ text: 'Yes.' }])
  const { beta } = s.client
  const { id } = await beta.threads.create({ messages: [{ role: 'user', content: 'First' }] })
  const db = await openDatabaseOf(s.dataDir)
  const add = (body: string, count: number) =>
    db.write((tx) =>
      tx.run(
        `insert into conversation_items (id, project, thread_id, place, body)
         select ? || n, threads.project, threads.id, (select max(seq) from messages where thread_id = threads.id), ?
         from ${numbers(count)} join threads on threads.id = ? order by n`,
        `msg_${Math.random()}`,
        body,
        id,
      ),
    )
  await add(unreadable, 2_000)
  await add(said('developer', words), 800)
  await db.close()
  const assistant = await beta.assistants.create({ model: 'm' })
  const run = await beta.threads.runs.createAndPoll(id, {
    assistant_id: assistant.id,
    additional_messages: [{ role: 'user', content: 'And now?' }],
  })
  assert.equal(run.status, 'completed', run.last_error?.message ?? '')
  const prompt = asked(s.model.calls.at(-1))
  assert.deepEqual(
    [prompt[0], prompt.at(-1)],
    [
      ['user', 'First'],
      ['user', 'And now?'],
    ],
  )
  assert.ok(prompt.length > 20 && prompt.length < 300, `${prompt.length}`)
})

test('of a long chain a response reads only what fits into its prompt, and what the developer has said', async () => {
  await using s = await createResponsesFixture(Array.from({ length: 3 }, () => ({ text: words })))
  const { id } = await s.responses.create({ model: 'm', input: words })
  const db = await openDatabaseOf(s.dataDir)
  const same = await columnsOfCopy(db, id)
  await db.write(async (tx) => {
    await tx.run(
      `insert into runs (id, previous, ${same})
       select 'resp_' || n, case when n = 1 then ? else 'resp_' || (n - 1) end, ${same}
       from ${numbers(1_000)} join runs on runs.id = ? order by n`,
      id,
      id,
    )
    await tx.run(
      `insert into items (id, project, run, part, body)
       select 'msg_' || n, runs.project, runs.seq, 'input',
         case when n = 2 then ? when n > 400 then ? else '${unreadable}' end
       from ${numbers(1_000)} join runs on runs.id = 'resp_' || n order by n`,
      said('developer', 'Be kind.'),
      said('user', words),
    )
  })
  const body = { model: 'm', previous_response_id: 'resp_1000', truncation: 'auto' as const }
  await s.responses.create({ ...body, input: 'And now?' })
  const prompt = asked(s.model.calls.at(-1))
  assert.deepEqual(prompt[0], ['system', 'Be kind.'])
  assert.deepEqual(prompt.at(-1), ['user', 'And now?'])
  assert.ok(prompt.length > 20 && prompt.length < 300, `${prompt.length}`)
  await db.close()
})

test('calls and their outputs are read together wherever a portion of a long conversation ends', async () => {
  await using s = await createResponsesFixture(Array.from({ length: 7 }, () => ({ text: 'Yes.' })))
  const all = Array.from({ length: 130 }, (_, at) => [
    { role: 'user' as const, content: `${at}` },
    { type: 'function_call' as const, call_id: `call_${at}`, name: 'look', arguments: '{}' },
    { type: 'function_call_output' as const, call_id: `call_${at}`, output: `seen ${at}` },
  ]).flat()
  const turns = async (params: object) => {
    await s.responses.create({ model: 'm', input: 'So?', ...params })
    return JSON.stringify(s.model.calls.at(-1)?.prompt)
  }
  const whole = await turns({ input: [...all, { role: 'user', content: 'So?' }] })
  // Portions have 200 items: the seam is within a call in one of these.
  for (const more of [0, 1, 2]) {
    const { id } = await s.client.conversations.create()
    const items = all.slice(3 * more)
    const tail = Array.from({ length: more }, () => ({ role: 'user' as const, content: 'more' }))
    for (let at = 0; at < items.length + tail.length; at += 20)
      await s.client.conversations.items.create(id, { items: [...items, ...tail].slice(at, at + 20) })
    const asInput = { input: [...items, ...tail, { role: 'user', content: 'So?' }] }
    const counted = async (params: object) =>
      (await raw(s, 'POST', '/v1/responses/input_tokens', { model: 'm', ...params })).json.input_tokens
    assert.equal(await counted({ conversation: id, input: 'So?' }), await counted(asInput))
    const read = await turns({ conversation: id })
    assert.equal(read, await turns(asInput))
    if (more === 0) assert.equal(read, whole)
  }
})
