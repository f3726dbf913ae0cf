import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createRunFixture, executeSql, until } from '../runs.ts'

type Fixture = Awaited<ReturnType<typeof createRunFixture>>
interface Listed {
  data: { id: string; object: string }[]
  has_more: boolean
}

let f: Fixture
/** Runs by what they are, in the order of their creation. */
const made: Record<string, { id: string; thread_id: string; assistant_id: string }> = {}
before(async () => {
  f = await createRunFixture((prompt) => {
    const said = JSON.stringify(prompt)
    if (said.includes('fail')) return { error: { message: 'refused', status: 400 } }
    return said.includes('call') ? { toolCalls: [{ name: 'ask', arguments: {} }] } : { text: 'Done.' }
  })
  const other = await f.client.beta.assistants.create({
    model: 'scripted',
    tools: [{ type: 'function', function: { name: 'ask' } }],
  })
  const run = async (name: string, content: string, assistant_id: string, metadata = {}) => {
    const made_ = await f.threads.createAndRun({
      assistant_id,
      metadata,
      thread: { messages: [{ role: 'user', content }] },
    })
    made[name] = made_
    await until(async () => {
      const { status } = await f.threads.runs.retrieve(made_.id, { thread_id: made_.thread_id })
      return status !== 'queued' && status !== 'in_progress'
    })
  }
  await run('first', 'hello', f.assistant.id, { team: 'red', size: 'small' })
  await run('failed', 'fail', f.assistant.id)
  await run('waiting', 'call', other.id, { team: 'red' })
  await run('last', 'hello', other.id, { team: 'blue' })
})
after(() => f[Symbol.asyncDispose]())

const list = (query: Record<string, unknown> = {}) => f.client.get<Listed>('/runs', { query })
const found = async (query: Record<string, unknown>) =>
  (await list(query)).data
    .map(({ id }) => Object.entries(made).find(([, run]) => run.id === id)?.[0])
    .join(' ')

test('the runs of all threads are listed, newest first, each as it is in its thread', async () => {
  const page = await list()
  assert.deepEqual(
    page.data.map(({ id }) => id),
    Object.values(made)
      .map(({ id }) => id)
      .toReversed(),
  )
  const { id, thread_id } = made['last'] ?? assert.fail()
  assert.deepEqual(page.data[0], await f.threads.runs.retrieve(id, { thread_id }))
})

test('a run is found by its id alone', async () => {
  const { id, thread_id } = made['waiting'] ?? assert.fail()
  assert.deepEqual(await f.client.get(`/runs/${id}`), await f.threads.runs.retrieve(id, { thread_id }))
  refused(await raw(f, 'GET', '/v1/runs/run_unknown'), 404, "No run found with id 'run_unknown'.")
  refused(
    await raw(f, 'GET', '/v1/runs/undefined'),
    400,
    "Invalid 'run_id': 'undefined'. Expected an ID that begins with 'run'.",
    { param: 'run_id', code: 'invalid_value' },
  )
})

describe('the list of all runs is narrowed', () => {
  const cases: [what: string, query: () => Record<string, unknown>, found: string][] = [
    ['by a status', () => ({ status: 'failed' }), 'failed'],
    ['by several statuses', () => ({ status: 'requires_action,completed' }), 'last waiting first'],
    ['by an assistant', () => ({ assistant_id: f.assistant.id }), 'failed first'],
    ['by an assistant that has none', () => ({ assistant_id: 'asst_none' }), ''],
    ['by a thread', () => ({ thread_id: made['failed']?.thread_id }), 'failed'],
    ['by a model', () => ({ model: 'scripted' }), 'last waiting failed first'],
    ['by a model that has none', () => ({ model: 'other' }), ''],
    ['by a pair of metadata', () => ({ metadata: { team: 'red' } }), 'waiting first'],
    ['by two pairs of metadata', () => ({ metadata: { team: 'red', size: 'small' } }), 'first'],
    [
      'by an assistant, a status and metadata together',
      () => ({ assistant_id: f.assistant.id, status: 'completed,failed', metadata: { team: 'red' } }),
      'first',
    ],
  ]
  for (const [what, query, expected] of cases)
    test(what, async () => assert.equal(await found(query()), expected))

  test('by the time of creation', async () => {
    const times = { first: 1_000, failed: 2_000, waiting: 3_000, last: 4_000 }
    for (const [name, time] of Object.entries(times))
      await executeSql(f, 'update runs set created_at = ? where id = ?', time, made[name]?.id ?? '')
    assert.equal(await found({ created_at: { gte: 2_000, lt: 4_000 } }), 'waiting failed')
    assert.equal(await found({ created_at: { gt: 2_000 } }), 'last waiting')
    assert.equal(await found({ created_at: { lte: 2_000 } }), 'failed first')
    assert.equal(await found({ created_at: { gt: 4_000 } }), '')
  })
})

test('a filter holds for the pages after a cursor and before it, in both orders', async () => {
  const query = { status: 'completed,failed', limit: 1 }
  assert.deepEqual(
    [await found({ ...query, after: made['last']?.id }), await found({ ...query, order: 'asc' })],
    ['failed', 'first'],
  )
  // A cursor may be a run that the filter leaves out.
  assert.equal(await found({ ...query, after: made['waiting']?.id }), 'failed')
  assert.equal(await found({ ...query, before: made['waiting']?.id }), 'last')
  const { has_more } = await list({ ...query, after: made['last']?.id })
  assert.equal(has_more, true)
})

test('metadata that was changed afterwards is what a run is found by', async () => {
  const { id, thread_id } = made['last'] ?? assert.fail()
  await f.threads.runs.update(id, { thread_id, metadata: { team: 'green' } })
  assert.equal(await found({ metadata: { team: 'green' } }), 'last')
  assert.equal(await found({ metadata: { team: 'blue' } }), '')
  await f.threads.runs.update(id, { thread_id, metadata: { team: 'blue' } })
})

test('runs of a deleted thread are gone at once', async () => {
  const run = await f.threads.createAndRun({
    assistant_id: f.assistant.id,
    thread: { messages: [{ role: 'user', content: 'hello' }] },
  })
  await f.threads.delete(run.thread_id)
  assert.equal((await list({ thread_id: run.thread_id })).data.length, 0)
  assert.equal((await raw(f, 'GET', `/v1/runs/${run.id}`)).status, 404)
})

test('what is wrong in the question is said', async () => {
  refused(
    await raw(f, 'GET', '/v1/runs?status=completed,done'),
    400,
    "Invalid value: 'done'. Supported values are: 'queued', 'in_progress', 'requires_action', 'cancelling', 'completed', 'incomplete', 'failed', 'cancelled', and 'expired'.",
    { param: 'status', code: 'invalid_value' },
  )
  refused(await raw(f, 'GET', '/v1/runs?user=1'), 400, "Unknown parameter: 'user'.", {
    param: 'user',
    code: 'unknown_parameter',
  })
  refused(await raw(f, 'GET', '/v1/runs?after=run_x'), 400, "No run found with id 'run_x'.", {
    param: 'after',
  })
  for (const [time, code] of [
    ['yesterday', 'invalid_type'],
    ['-1', 'integer_below_min_value'],
  ]) {
    const { status, json } = await raw(f, 'GET', `/v1/runs?created_at[gte]=${time}`)
    assert.deepEqual([status, json.error.param, json.error.code], [400, 'created_at[gte]', code])
  }
})
