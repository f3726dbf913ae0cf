import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, createBudgetFixture, turnTokens } from '../budgets.ts'
import { querySql, until } from '../runs.ts'

test('a thread has a budget of its own', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_amount: 2 })
  const first = await s.run()
  await s.run({ thread_id: first.thread_id })
  await assertRefused(
    s.run({ thread_id: first.thread_id }),
    'insufficient_quota',
    /A thread may use 0\.02 USD, and this one has used 0\.02 USD/,
  )
  assert.equal((await s.run()).status, 'completed')
  await s.client.beta.threads.delete(first.thread_id)
  await until(
    async () =>
      (await querySql(s, `select 1 from usage_threads where thread_id = '${first.thread_id}'`)).length === 0,
  )
})

test('a conversation has the budget of a thread', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 2 * turnTokens })
  const { id: conversation } = await s.client.conversations.create()
  const respond = () => s.client.responses.create({ model: 'priced', input: 'Hello', conversation })
  await respond()
  await respond()
  await assertRefused(respond(), 'insufficient_quota', /A thread may use 2,?200 tokens/)
})

test('nothing is said of what a thread of another project has used', async () => {
  await using s = await createBudgetFixture()
  const { thread_id } = await s.run()
  const { projects } = s.organization
  const other = await projects.create({ name: 'Other' })
  const { api_key } = await projects.serviceAccounts.create(other.id, { name: 'app' })
  const client = s.client.withOptions({ apiKey: api_key?.value ?? '' })
  await s.budget({ scope: 'thread', threshold_tokens: 1 }, other.id)
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'priced' })
  await assert.rejects(client.beta.threads.runs.create(thread_id, { assistant_id }), { status: 404 })
  const conversation = thread_id.replace('thread_', 'conv_')
  const response = client.responses.create({ model: 'priced', input: 'Hello', conversation })
  await assert.rejects(response, { status: 404 })
})

test('a copy of a thread begins with what was used in the thread', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 2 * turnTokens })
  const { thread_id } = await s.run()
  const copy = () => s.client.post<{ id: string }>(`/threads/${thread_id}/copy`, { body: {} })
  const early = await copy()
  await s.run({ thread_id })
  const late = await copy()
  await assertRefused(s.run({ thread_id: late.id }), 'insufficient_quota', /this one has used 2,200 tokens/)
  await s.run({ thread_id: early.id })
  await assertRefused(s.run({ thread_id: early.id }), 'insufficient_quota', /this one has used 2,200 tokens/)
  // Its other door: the same thread as a conversation.
  const conversation = late.id.replace('thread_', 'conv_')
  await assertRefused(
    s.client.responses.create({ model: 'priced', input: 'Hello', conversation }),
    'insufficient_quota',
    /this one has used 2,200 tokens/,
  )
})

test('responses that go on with each other have the budget of a thread together', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 2 * turnTokens })
  const respond = (previous_response_id?: string) =>
    s.client.responses.create({
      model: 'priced',
      input: 'Hello',
      ...(previous_response_id && { previous_response_id }),
    })
  const first = await respond()
  const second = await respond(first.id)
  await assertRefused(respond(second.id), 'insufficient_quota', /this one has used 2,200 tokens/)
  await assertRefused(
    s.client.responses.compact({ model: 'priced', previous_response_id: second.id }),
    'insufficient_quota',
    /this one has used 2,200 tokens/,
  )
  // Another way on from the first one has used only what that has.
  const branch = await respond(first.id)
  assert.equal(branch.status, 'completed')
  // What was used stays used when those before are deleted.
  await s.client.responses.delete(first.id)
  await assertRefused(respond(branch.id), 'insufficient_quota', /this one has used 2,200 tokens/)
  assert.equal((await respond()).status, 'completed')
})

test('a chain that leaves a conversation takes along what was used there', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 3 * turnTokens })
  const { id: conversation } = await s.client.conversations.create()
  const ask = { model: 'priced', input: 'Hello' }
  await s.client.responses.create({ ...ask, conversation })
  const last = await s.client.responses.create({ ...ask, conversation })
  const on = await s.client.responses.create({ ...ask, previous_response_id: last.id })
  await assertRefused(
    s.client.responses.create({ ...ask, previous_response_id: on.id }),
    'insufficient_quota',
    /this one has used 3,300 tokens/,
  )
})

test('a chain that leaves a conversation which is deleted takes along what was used before in the conversation', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 3 * turnTokens })
  const { id: conversation } = await s.client.conversations.create()
  const ask = { model: 'priced', input: 'Hello' }
  const first = await s.client.responses.create({ ...ask, conversation })
  const last = await s.client.responses.create({ ...ask, conversation })
  await s.client.conversations.delete(conversation)
  await until(async () => (await querySql(s, 'select 1 from usage_threads')).length === 0)
  const on = await s.client.responses.create({ ...ask, previous_response_id: last.id })
  await assertRefused(
    s.client.responses.create({ ...ask, previous_response_id: on.id }),
    'insufficient_quota',
    /this one has used 3,300 tokens/,
  )
  // On the way to the first one only that itself was used.
  const branch = await s.client.responses.create({ ...ask, previous_response_id: first.id })
  await s.client.responses.create({ ...ask, previous_response_id: branch.id })
})

test('what is left of a thread is asked for also before it is compacted, and a compaction is of no thread', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'thread', threshold_tokens: 2 * turnTokens })
  const first = await s.client.responses.create({ model: 'priced', input: 'Hello' })
  const compact = (previous_response_id: string) =>
    s.client.responses.compact({ model: 'priced', previous_response_id })
  await compact(first.id)
  const second = await s.client.responses.create({
    model: 'priced',
    input: 'Hello',
    previous_response_id: first.id,
  })
  await assertRefused(compact(second.id), 'insufficient_quota', /this one has used 2,200 tokens/)
  const { id: conversation } = await s.client.conversations.create()
  await s.client.responses.create({ model: 'priced', input: 'Hello', conversation })
  const last = await s.client.responses.create({ model: 'priced', input: 'Hello', conversation })
  await assertRefused(compact(last.id), 'insufficient_quota', /this one has used 2,200 tokens/)
})

test('a chain is told of once, and its calls are refused their outputs when nothing is left', async () => {
  const usage = { input: 1_000, output: 100 }
  await using s = await createBudgetFixture({
    script: (prompt) =>
      JSON.stringify(prompt).includes('Look.')
        ? { usage, toolCalls: [{ name: 'look', arguments: '{}' }] }
        : { usage, text: 'Hi.' },
  })
  await s.budget({ scope: 'thread', threshold_tokens: 2 * turnTokens })
  await s.budget({ scope: 'thread', action: 'alert', threshold_tokens: turnTokens })
  const tools = [{ type: 'function' as const, name: 'look', parameters: {}, strict: false }]
  const first = await s.client.responses.create({ model: 'priced', input: 'Hello' })
  const second = await s.client.responses.create({
    model: 'priced',
    input: 'Look.',
    tools,
    previous_response_id: first.id,
  })
  const output = second.output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'seen' }]
      : [],
  )
  assert.equal(output.length, 1)
  await assertRefused(
    s.client.responses.create({ model: 'priced', input: output, previous_response_id: second.id }),
    'insufficient_quota',
    /this one has used 2,200 tokens/,
  )
  // A chain is told of once, by the id of its first response.
  await until(async () =>
    s.facts.some(({ scope, thread_id }) => scope === 'thread' && thread_id === first.id),
  )
  const told = s.facts.filter(({ message, scope }) => message === 'a budget is used up' && scope === 'thread')
  assert.deepEqual(
    told.map(({ thread_id }) => thread_id),
    [first.id],
  )
})
