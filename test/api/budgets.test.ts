import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, createBudgetFixture, turnTokens } from '../budgets.ts'
import { executeSql, querySql, until } from '../runs.ts'

const money = { currency: 'USD', interval: 'month' } as const
const email = { type: 'email' as const, recipients: ['ops@example.com'] }

test('a spend limit is set, read, changed and deleted, for the organization and for a project', async () => {
  await using s = await createBudgetFixture()
  const { spendLimit, projects } = s.organization
  await assert.rejects(spendLimit.retrieve(), { status: 404 })
  const made = await spendLimit.update({ ...money, threshold_amount: 500 })
  assert.deepEqual(made, {
    object: 'organization.spend_limit',
    currency: 'USD',
    interval: 'month',
    threshold_amount: 500,
    enforcement: { status: 'inactive' },
  })
  assert.equal((await spendLimit.update({ ...money, threshold_amount: 700 })).threshold_amount, 700)
  assert.equal((await spendLimit.retrieve()).threshold_amount, 700)
  assert.deepEqual(await spendLimit.delete(), { object: 'organization.spend_limit.deleted', deleted: true })
  await assert.rejects(spendLimit.retrieve(), { status: 404 })

  const own = await projects.spendLimit.update('default', { ...money, threshold_amount: 1 })
  assert.deepEqual(own, { ...made, object: 'project.spend_limit', threshold_amount: 1 })
  await assert.rejects(spendLimit.delete(), { status: 404 })
  await s.run()
  assert.deepEqual((await projects.spendLimit.retrieve('default')).enforcement, { status: 'enforcing' })
  assert.deepEqual(await projects.spendLimit.delete('default'), {
    object: 'project.spend_limit.deleted',
    deleted: true,
  })
  await assert.rejects(projects.spendLimit.retrieve('proj_none'), { status: 404 })
  const changes = await s.organization.auditLogs.list({ event_types: ['spend_limit.updated' as never] })
  assert.equal(changes.data.length, 1)
})

test('spend alerts are created, listed, changed and deleted', async () => {
  await using s = await createBudgetFixture()
  for (const alerts of [
    s.organization.spendAlerts,
    {
      create: (body: never) => s.organization.projects.spendAlerts.create('default', body),
      retrieve: (id: string) => s.organization.projects.spendAlerts.retrieve(id, { project_id: 'default' }),
      update: (id: string, body: never) =>
        s.organization.projects.spendAlerts.update(id, {
          project_id: 'default',
          ...(body as object),
        } as never),
      list: (query: object) => s.organization.projects.spendAlerts.list('default', query),
      delete: (id: string) => s.organization.projects.spendAlerts.delete(id, { project_id: 'default' }),
    } as unknown as typeof s.organization.spendAlerts,
  ]) {
    const made = await alerts.create({ ...money, threshold_amount: 100, notification_channel: email })
    assert.deepEqual(made, {
      id: made.id,
      object: made.object,
      currency: 'USD',
      interval: 'month',
      threshold_amount: 100,
      notification_channel: { ...email, subject_prefix: null },
    })
    assert.match(made.object, /^(organization|project)\.spend_alert$/)
    await alerts.create({ ...money, threshold_amount: 200, notification_channel: email })
    const changed = await alerts.update(made.id, {
      ...money,
      threshold_amount: 150,
      notification_channel: { ...email, subject_prefix: 'Bot' },
    })
    assert.deepEqual([changed.threshold_amount, changed.notification_channel.subject_prefix], [150, 'Bot'])
    assert.deepEqual(await alerts.retrieve(made.id), changed)
    const amounts = []
    for await (const one of alerts.list({ order: 'asc', limit: 1 })) amounts.push(one.threshold_amount)
    assert.deepEqual(amounts, [150, 200])
    assert.equal((await alerts.delete(made.id)).deleted, true)
    await assert.rejects(alerts.retrieve(made.id), { status: 404 })
  }
  // An id of the one is none of the other.
  const own = await s.organization.spendAlerts.create({
    ...money,
    threshold_amount: 1,
    notification_channel: email,
  })
  await assert.rejects(s.organization.projects.spendAlerts.retrieve(own.id, { project_id: 'default' }), {
    status: 404,
  })
})

test('what is no budget is refused, and so is money where nothing has a price', async () => {
  await using s = await createBudgetFixture()
  const { projects } = s.organization
  const refusals: [object, string][] = [
    [{ ...money, threshold_amount: 0 }, 'threshold_amount'],
    [{ ...money, threshold_amount: 1.5 }, 'threshold_amount'],
    [{ ...money, currency: 'EUR', threshold_amount: 5 }, 'currency'],
    [{ ...money, interval: 'week', threshold_amount: 5 }, 'interval'],
  ]
  for (const [body, param] of refusals)
    await assert.rejects(projects.spendLimit.update('default', body as never), { status: 400, param })
  for (const [body, param] of [
    [{ scope: 'run' }, 'threshold_tokens'],
    [{ scope: 'run', threshold_tokens: 1, threshold_amount: 1 }, 'threshold_tokens'],
    [{ scope: 'project', threshold_amount: 1 }, 'threshold_amount'],
    [{ scope: 'week', threshold_tokens: 1 }, 'scope'],
    [{ scope: 'run', threshold_tokens: -1 }, 'threshold_tokens'],
  ] as const)
    await assert.rejects(s.budget(body), { status: 400, param })
  await assert.rejects(s.budget({ scope: 'run', threshold_tokens: 1 }, 'proj_none'), { status: 404 })

  await using other = await createBudgetFixture({ config: {} })
  await assert.rejects(other.organization.spendLimit.update({ ...money, threshold_amount: 5 }), {
    status: 400,
    code: 'prices_missing',
  })
  // Tokens need no price.
  assert.ok((await other.budget({ scope: 'thread', threshold_tokens: 5 })).id)
})

test('a project that has spent its month begins no run, until it may spend more', async () => {
  await using s = await createBudgetFixture()
  const { projects } = s.organization
  await projects.spendLimit.update('default', { ...money, threshold_amount: 2 })
  for (let cents = 0; cents < 2; cents++) assert.equal((await s.run()).status, 'completed')
  await assertRefused(
    s.run(),
    'project_spend_limit_exceeded',
    /may use 0\.02 USD a month, and has used 0\.02 USD/,
  )
  const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
  await assertRefused(
    s.client.beta.threads.createAndRun({ assistant_id: s.assistant.id, thread }),
    'project_spend_limit_exceeded',
    /a month/,
  )
  await projects.spendLimit.update('default', { ...money, threshold_amount: 3 })
  await until(async () => {
    const outcome = await s.run().catch(() => undefined)
    return outcome?.status === 'completed'
  })
  assert.equal(await s.used(), 3 * turnTokens)
  await projects.spendLimit.delete('default')
  await s.organization.spendLimit.update({ ...money, threshold_amount: 3 })
  await assertRefused(s.run(), 'organization_spend_limit_exceeded', /projects of this server together/)
})

test('a month of tokens is that of UTC: what was used before does not count', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'project', threshold_tokens: 2_000 })
  await s.run()
  await s.run()
  await assertRefused(
    s.run(),
    'insufficient_quota',
    /may use 2,000 tokens a month, and has used 2,200 tokens/,
  )
  const now = new Date()
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) / 1_000
  await executeSql(s, `update usage_entries set minute = ${month - 60}`)
  assert.equal((await s.run()).status, 'completed')
  // Entries become sums of their months, and count as before.
  await s.run()
  await executeSql(s, `update usage_entries set minute = ${month} where minute > ${month}`)
  await until(async () => (await querySql(s, 'select 1 from usage_entries')).length === 0)
  assert.equal((await querySql(s, 'select 1 from usage_months')).length, 2)
  await assertRefused(s.run(), 'insufficient_quota', /has used 2,200 tokens/)
})

test('a run that uses up its budget between two turns fails with the reason, and what it has used counts', async () => {
  const usage = { input: 1_000, output: 100 }
  const script = () => ({ usage, toolCalls: [{ name: 'look', arguments: {} }] })
  await using s = await createBudgetFixture({ script })
  await s.client.beta.assistants.update(s.assistant.id, {
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  await s.budget({ scope: 'run', threshold_tokens: 2_000 })
  let run = await s.run()
  for (let turns = 1; run.status === 'requires_action'; turns++) {
    assert.ok(turns <= 2, 'no turn begins when nothing is left')
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
    run = await s.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'seen' })),
    })
  }
  assert.equal(run.status, 'failed')
  assert.equal(run.last_error?.code, 'rate_limit_exceeded')
  assert.match(
    run.last_error?.message ?? '',
    /A run may use 2,000 tokens, and this one has used 2,200 tokens\.$/,
  )
  assert.equal(run.usage?.total_tokens, 2 * turnTokens)
  assert.equal(await s.used(), 2 * turnTokens)
})

test('a model without a price uses tokens and no money, and the log says so once', async () => {
  await using s = await createBudgetFixture()
  await s.organization.projects.spendLimit.update('default', { ...money, threshold_amount: 1 })
  for (let count = 0; count < 3; count++)
    assert.equal((await s.run({ model: 'unpriced' })).status, 'completed')
  const said = s.facts.filter(({ message }) => message.includes('has no price'))
  assert.deepEqual(said, [
    { message: 'a model has no price, so no budget of money counts it', model: 'unpriced' },
  ])
  const limit = await s.organization.projects.spendLimit.retrieve('default')
  assert.deepEqual(limit.enforcement, { status: 'inactive' })
})

test('an alert is told once for a threshold and a month, and stops nothing', async () => {
  await using s = await createBudgetFixture()
  await s.organization.projects.spendAlerts.create('default', {
    ...money,
    threshold_amount: 1,
    notification_channel: email,
  })
  await s.budget({ scope: 'run', action: 'alert', threshold_tokens: 1_000 })
  await executeSql(
    s,
    `insert into webhook_endpoints (id, project, name, url, event_types, secret, of_settings, created_at, updated_at)
     values ('whe_1', 'default', 'x', 'https://127.0.0.1:9/', '["budget.soft_limit_reached"]', 'whsec_eA==', 0, 0, 0)`,
  )
  const runs = [await s.run(), await s.run(), await s.run()]
  assert.ok(runs.every(({ status }) => status === 'completed'))
  const told = () => s.facts.filter(({ message }) => message === 'a budget is used up')
  await until(async () => told().length >= 4)
  const sent = (await querySql(s, 'select body from webhook_deliveries')).map(
    ({ body }) => JSON.parse(String(body)) as { type: string; data: { [field: string]: unknown } },
  )
  assert.deepEqual(new Set(sent.map(({ type }) => type)), new Set(['budget.soft_limit_reached']))
  const [ofProject] = sent.filter(({ data }) => data['scope'] === 'project')
  assert.deepEqual(ofProject?.data['notification_channel'], { ...email, subject_prefix: null })
  assert.equal(sent.length, 4)
  const [alert] = told().filter(({ scope }) => scope === 'project')
  assert.deepEqual(
    [alert?.['threshold_amount'], alert?.['used_amount'], alert?.['currency'], alert?.['project_id']],
    [1, 1, 'USD', 'default'],
  )
  assert.equal(told().filter(({ scope }) => scope === 'project').length, 1)
  assert.deepEqual(
    told().flatMap(({ scope, run_id }) => (scope === 'run' ? [run_id] : [])),
    runs.map(({ id }) => id),
  )
})

test('runs side by side exceed a budget by no more than one turn', async () => {
  const usage = { input: 1_000, output: 100 }
  await using s = await createBudgetFixture({ script: () => ({ usage, text: ['Hel', 'lo.'], delayMs: 20 }) })
  await s.budget({ scope: 'project', threshold_tokens: 5_000 })
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, () =>
      s.run({ max_completion_tokens: 1_200 }).then(
        ({ status }) => status as string,
        (error: { code?: string }) => error.code,
      ),
    ),
  )
  const used = await s.used()
  assert.ok(used >= 5_000 && used < 5_000 + turnTokens, `${used} tokens`)
  assert.equal(outcomes.filter((one) => one === 'completed').length * turnTokens, used)
})

test('the key of a project reads what is used of its budgets, and an admin key of all', async () => {
  await using s = await createBudgetFixture()
  await s.budget({ scope: 'project', threshold_tokens: 5_000 })
  await s.organization.spendLimit.update({ ...money, threshold_amount: 50 })
  await s.run()
  const read = async (key: string) =>
    (await (
      await fetch(`${s.url}/v1/organization/usage/budgets`, { headers: { authorization: `Bearer ${key}` } })
    ).json()) as { data: { [field: string]: unknown }[] }
  const { data } = await read(s.apiKey)
  const now = new Date()
  assert.deepEqual(data, [
    {
      object: 'organization.usage.budget.result',
      project_id: 'default',
      action: 'stop',
      threshold_tokens: 5_000,
      used_tokens: turnTokens,
      threshold_amount: null,
      used_amount: null,
      currency: null,
      start_time: Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) / 1_000,
      end_time: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) / 1_000,
    },
  ])
  assert.deepEqual(
    (await read(s.server.adminKey)).data.map(({ project_id, used_amount }) => [project_id, used_amount]),
    [
      ['default', null],
      [null, 1],
    ],
  )
})
