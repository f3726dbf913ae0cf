import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { paid } from '../budgets.ts'
import { executeSql, querySql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'

const day = 86_400
const start_time = Math.floor(Date.now() / 1_000) - day

const prices = {
  currency: 'usd',
  read_on: '2026-11-01',
  models: {
    priced: { input: 2, cached_input: 0.5, output: 10 },
    free: { input: 0, output: 0 },
    constructor: { input: 1, output: 1 },
  },
}

/** A server with models whose answers cost what the test says, and the official client with its part for administrators. */
async function createFixture(config: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  writeFileSync(THREADMILL_CONFIG, JSON.stringify(config))
  const usage = { input: 1_000, output: 100 }
  const script = (prompt: unknown[]) =>
    JSON.stringify(prompt.at(-1)).includes('weather') && !JSON.stringify(prompt).includes('"tool"')
      ? { usage, toolCalls: [{ name: 'weather', arguments: {} }] }
      : { usage, text: 'Hello.' }
  const [priced, unpriced, free] = [scripted(script), scripted(script), scripted(script)]
  const server = await startTestServer({
    models: { priced, unpriced: paid(unpriced), free },
    env: { THREADMILL_CONFIG },
  })
  rmSync(folder, { recursive: true })
  const client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: server.apiKey,
    adminAPIKey: server.apiKey,
    maxRetries: 0,
  })
  const { threads, assistants } = client.beta
  return {
    ...server,
    client,
    organization: client.admin.organization.usage,
    assistant: await assistants.create({ model: 'priced' }),
    async run(model: string, assistant_id: string, content = 'Hello') {
      const run = await threads.createAndRunPoll({
        assistant_id,
        model,
        thread: { messages: [{ role: 'user', content }] },
      })
      assert.equal(run.status, 'completed')
      return run
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

type Result = OpenAI.Admin.Organization.UsageCompletionsResponse.Data.OrganizationUsageCompletionsResult & {
  output_reasoning_tokens: number
  assistant_id: string | null
}

const resultsOf = (page: { data: { results: unknown[] }[] }) =>
  page.data.flatMap(({ results }) => results as Result[])

test('what runs have used is the sum of what each of them says, and stays when they are deleted', async () => {
  await using s = await createFixture()
  const runs: OpenAI.Beta.Threads.Run[] = []
  for (const model of ['priced', 'unpriced', 'priced']) runs.push(await s.run(model, s.assistant.id))
  const sum = (field: 'prompt_tokens' | 'completion_tokens') =>
    runs.reduce((all, { usage }) => all + (usage?.[field] ?? 0), 0)
  const expected = {
    object: 'organization.usage.completions.result',
    input_tokens: sum('prompt_tokens'),
    input_cached_tokens: 0,
    output_tokens: sum('completion_tokens'),
    output_reasoning_tokens: 0,
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    num_model_requests: 3,
    project_id: null,
    user_id: null,
    api_key_id: null,
    model: null,
    batch: null,
    service_tier: null,
    api_source: null,
    assistant_id: null,
  }
  assert.equal(expected.input_tokens, 3_000)
  assert.deepEqual(resultsOf(await s.organization.completions({ start_time })), [expected])
  for (const { thread_id } of runs) await s.client.beta.threads.delete(thread_id)
  await s.client.beta.assistants.delete(s.assistant.id)
  await until(async () => (await querySql(s, 'select 1 from runs')).length === 0)
  assert.deepEqual(resultsOf(await s.organization.completions({ start_time })), [expected])
})

test('each turn of a run is a request, and what a cancelled run has used counts', async () => {
  await using s = await createFixture()
  const assistant = await s.client.beta.assistants.create({
    model: 'priced',
    tools: [{ type: 'function', function: { name: 'weather' } }],
  })
  const run = await s.client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'weather' }] },
  })
  const [turn] = resultsOf(await s.organization.completions({ start_time }))
  assert.deepEqual([turn?.num_model_requests, turn?.input_tokens, turn?.output_tokens], [1, 1_000, 100])
  const { threads } = s.client.beta
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'sunny' }))
  const done = await threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: run.thread_id,
    tool_outputs: outputs,
  })
  assert.equal(done.status, 'completed')
  const other = await threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'weather' }] },
  })
  await threads.runs.cancel(other.id, { thread_id: other.thread_id })
  const [result] = resultsOf(await s.organization.completions({ start_time }))
  assert.deepEqual([result?.num_model_requests, result?.input_tokens, result?.output_tokens], [3, 3_000, 300])
})

test('usage is grouped and narrowed', async () => {
  await using s = await createFixture()
  const other = await s.client.beta.assistants.create({ model: 'free' })
  await s.run('priced', s.assistant.id)
  await s.run('priced', other.id)
  await s.run('free', other.id)
  const by = async (group_by: string[], more: object = {}) =>
    resultsOf(await s.organization.completions({ start_time, group_by: group_by as never, ...more }))
  const models = (await by(['model'])).map(
    ({ model, num_model_requests }) => `${model} ${num_model_requests}`,
  )
  assert.deepEqual(new Set(models), new Set(['free 1', 'priced 2']))
  const all = await by(['project_id', 'user_id', 'api_key_id', 'model', 'batch', 'assistant_id'])
  assert.deepEqual(
    all.map(({ project_id, user_id, api_key_id, batch }) => [project_id, user_id, api_key_id, batch]),
    Array.from({ length: 3 }, () => ['default', null, 'key_default', false]),
  )
  const [tiers] = await by(['service_tier', 'api_source'])
  assert.partialDeepStrictEqual(tiers, { service_tier: 'default', api_source: 'unlabeled', model: null })
  assert.deepEqual(
    new Set(all.map(({ model, assistant_id }) => `${model} ${assistant_id}`)),
    new Set([`priced ${s.assistant.id}`, `priced ${other.id}`, `free ${other.id}`]),
  )
  assert.deepEqual(
    (await by([], { models: ['free'] })).map(({ num_model_requests }) => num_model_requests),
    [1],
  )
  assert.equal((await by([], { project_ids: ['default'] })).length, 1)
  assert.deepEqual(await by([], { project_ids: ['proj_other'] }), [])
  assert.deepEqual(await by([], { batch: true }), [])
  assert.equal((await by([], { batch: false })).length, 1)
  assert.deepEqual(await by([], { api_key_ids: ['key_other'] }), [])
})

test('buckets are whole minutes, hours and days, empty ones too, and come in pages', async () => {
  await using s = await createFixture()
  await s.run('priced', s.assistant.id)
  for (const [bucket_width, width] of [
    ['1m', 60],
    ['1h', 3_600],
    ['1d', day],
  ] as const) {
    const from = Math.floor(Date.now() / 1_000) - 3 * width
    const query = { start_time: from, end_time: from + 5 * width, bucket_width }
    const whole = await s.organization.completions(query)
    assert.deepEqual([whole.object, whole.has_more, whole.next_page], ['page', false, null])
    for (const [at, bucket] of whole.data.entries()) {
      assert.deepEqual([bucket.object, bucket.start_time % width], ['bucket', 0])
      assert.equal(bucket.end_time - bucket.start_time, width)
      assert.equal(bucket.start_time, (whole.data[0]?.start_time ?? 0) + at * width)
    }
    assert.ok((whole.data[0]?.start_time ?? Infinity) <= from)
    assert.ok((whole.data.at(-1)?.end_time ?? 0) >= from + 5 * width)
    assert.equal(resultsOf(whole).length, 1)
    const paged = []
    let page: string | null | undefined
    do {
      const part = await s.organization.completions({ ...query, limit: 2, ...(page && { page }) })
      assert.ok(part.data.length > 0 && part.data.length <= 2)
      paged.push(...part.data)
      page = part.next_page
      assert.equal(part.has_more, page !== null)
    } while (page)
    assert.deepEqual(paged, whole.data)
  }
})

test('the sums of a minute are those of its entries', async () => {
  await using s = await createFixture()
  await s.run('priced', s.assistant.id)
  await s.run('priced', s.assistant.id)
  const read = () => s.organization.completions({ start_time: start_time - day, group_by: ['model'] })
  await executeSql(s, 'update usage_entries set minute = minute - minute % 3600 - 3600')
  const before = resultsOf(await read())
  await until(async () => (await querySql(s, 'select 1 from usage_entries')).length === 0)
  assert.equal((await querySql(s, 'select 1 from usage_minutes')).length, 1)
  assert.deepEqual(resultsOf(await read()), before)
  await s.run('priced', s.assistant.id)
  assert.equal(
    resultsOf(await read()).reduce((all, one) => all + one.num_model_requests, 0),
    3,
  )
})

test('costs are those of the prices in the configuration, and a model without a price has none', async () => {
  await using s = await createFixture({ prices, aliases: { fast: 'priced', cheap: 'free' } })
  for (const model of ['priced', 'fast', 'unpriced', 'free', 'cheap']) await s.run(model, s.assistant.id)
  const total = resultsOf(await s.organization.costs({ start_time })) as unknown as { amount: object }[]
  // Two runs of a model that costs 2 for a million tokens that it reads, and 10 for those that it writes.
  assert.deepEqual(total, [
    {
      object: 'organization.costs.result',
      amount: { value: (2 * (1_000 * 2 + 100 * 10)) / 1_000_000, currency: 'usd' },
      line_item: null,
      project_id: null,
      api_key_id: null,
      quantity: null,
      quantity_unit: null,
    },
  ])
  const lines = resultsOf(await s.organization.costs({ start_time, group_by: ['line_item', 'project_id'] }))
  assert.deepEqual(
    lines
      .map((line) => line as unknown as { line_item: string; amount: { value: number }; quantity: number })
      .map(({ line_item, amount, quantity }) => [line_item, amount.value, quantity])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other))),
    [
      ['cheap, input_tokens', 0, 1_000],
      ['cheap, output_tokens', 0, 100],
      ['fast, input_tokens', 0.002, 1_000],
      ['fast, output_tokens', 0.001, 100],
      ['free, input_tokens', 0, 1_000],
      ['free, output_tokens', 0, 100],
      ['priced, input_tokens', 0.002, 1_000],
      ['priced, output_tokens', 0.001, 100],
    ],
  )
  const one = await s.organization.costs({
    start_time,
    line_items: ['fast, output_tokens'],
    group_by: ['line_item'],
  })
  assert.equal(resultsOf(one).length, 1)
})

test('a model says what it costs where that is known', async () => {
  await using s = await createFixture({ prices, aliases: { fast: 'priced' } })
  const price = {
    currency: 'usd',
    input: 2,
    cached_input: 0.5,
    output: 10,
    reasoning: null,
    read_on: '2026-11-01',
  }
  const nothing = { ...price, input: 0, cached_input: null, output: 0, read_on: null }
  // The models of this package ask nobody.
  await using bare = await startTestServer({ models: { house: scripted([]) } })
  for (const id of ['demo', 'house'])
    assert.deepEqual(((await bare.client.models.retrieve(id)) as { price?: object }).price, nothing)
  const { data } = await s.client.models.list()
  const priceOf = (id: string) =>
    (data.find((model) => model.id === id) as { price?: object } | undefined)?.price
  assert.deepEqual([priceOf('priced'), priceOf('fast'), priceOf('unpriced')], [price, price, undefined])
  const found = (await s.client.models.retrieve('fast')) as { price?: object }
  assert.deepEqual(found.price, price)
})

test('what has no meaning here is refused, and so is what is no time, no page and no width', async () => {
  await using s = await createFixture()
  const refusals: [object, string][] = [
    [{}, 'start_time'],
    [{ start_time: 'yesterday' }, 'start_time'],
    [{ start_time, end_time: start_time }, 'end_time'],
    [{ start_time, bucket_width: '1w' }, 'bucket_width'],
    [{ start_time, limit: 32 }, 'limit'],
    [{ start_time, limit: 0 }, 'limit'],
    [{ start_time, page: 'page_1' }, 'page'],
    [{ start_time, group_by: ['tier'] }, 'group_by[0]'],
    [{ start_time, user_ids: ['user_1'] }, 'user_ids[]'],
    [{ start_time, batch: 'perhaps' }, 'batch'],
  ]
  for (const [query, param] of refusals) {
    await assert.rejects(
      s.organization.completions(query as never),
      { status: 400, param },
      JSON.stringify(query),
    )
  }
  await assert.rejects(s.organization.costs({ start_time, bucket_width: '1h' as never }), {
    status: 400,
    param: 'bucket_width',
  })
  await assert.rejects(s.organization.costs({ start_time, group_by: ['user_id'] }), {
    status: 400,
    param: 'group_by[0]',
  })
})
