import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { paid } from '../budgets.ts'
import { startTestServer } from '../server.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)

const options = { skip: withoutBrowser }

test('with nothing but the demo the page of models says how to connect one', options, async () => {
  await using server = await startTestServer()
  {
    await using visitor = await visit(server, { at: 'models', size: { width: 390, height: 800 } })
    const { page } = visitor
    await page.getByRole('heading', { name: 'Only the demo answers here' }).waitFor()
    await page.getByText('OPENAI_API_KEY=…').waitFor()
    await assertAccessibleInBoth(page)
  }
})

test('a model says what it is, and a test shows its answer or why there is none', options, async () => {
  const model = scripted([
    { text: ['Hello, ', 'here I am.'], usage: { input: 1200, output: 34 } },
    { error: { status: 401, message: 'Wrong key' } },
  ])
  await using server = await startTestServer({ models: { 'house/model': model } })
  await using visitor = await visit(server, { at: 'models' })
  const { page } = visitor
  await page.getByRole('row').filter({ hasText: 'house/model' }).getByText('JSON schema').waitFor()
  await page.getByRole('link', { name: 'house/model' }).click()
  await page.getByText(/128,000 tokens/).waitFor()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Hello, here I am.').waitFor()
  await page.getByText(/First token after .*1,200 tokens in, 34 out/).waitFor()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('alert').getByText('It does not answer').waitFor()
  await assertAccessibleInBoth(page)
  const [{ data: threads }, { data: assistants }] = await Promise.all([
    server.client.get<{ data: unknown[] }>('/threads'),
    server.client.beta.assistants.list(),
  ])
  assert.deepEqual([threads, assistants], [[], []], 'nothing is left of a test')
})

test('usage is shown by time, model and assistant, and exported', options, async () => {
  const model = scripted(() => ({ text: 'Yes.', usage: { input: 1_000, output: 7 } }))
  await using server = await startTestServer({ models: { 'house/model': paid(model) } })
  const { client } = server
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'house/model', name: 'Miller' })
  const messages = [{ role: 'user' as const, content: 'Does it turn?' }]
  await client.post('/organization/projects/default/budgets', {
    body: { scope: 'project', threshold_tokens: 8_000 },
    headers: { authorization: `Bearer ${server.server.adminKey}` },
  })
  for (let count = 0; count < 2; count++)
    await client.beta.threads.createAndRunPoll({ assistant_id, thread: { messages } })
  {
    await using visitor = await visit(server, { at: 'usage' })
    const { page } = visitor
    const table = page.getByRole('table', { name: 'Usage by model' })
    await table.getByRole('row').filter({ hasText: 'house/model' }).getByText('2,000').waitFor()
    await page.getByText('no prices are known').waitFor()
    await page.getByText('2,014 tokens of 8,000 tokens used this month').waitFor()
    await page.locator('canvas').waitFor()
    await assertAccessibleInBoth(page)
    await page.getByText('By assistant').click()
    await page
      .getByRole('table', { name: 'Usage by assistant' })
      .getByRole('link', { name: 'Miller' })
      .waitFor()
    await page.waitForURL(/by=assistant$/)
    await page.getByText('Day by day').click()
    await page.getByRole('table', { name: 'Usage by day' }).getByText('2,000').waitFor()
  }
  await using visitor = await visit(server, { at: 'usage?range=24h' })
  const saved = visitor.page.waitForEvent('download')
  await visitor.page.getByRole('button', { name: 'Export CSV' }).click()
  const [head, first = '', ...more] = readFileSync(await (await saved).path(), 'utf8')
    .trim()
    .split('\r\n')
  assert.equal(
    head,
    'start_time,end_time,model,num_model_requests,input_tokens,input_cached_tokens,output_tokens,output_reasoning_tokens',
  )
  assert.match([first, ...more].join('\n'), /house\/model,/)
})

test('a cost says which models it leaves out, because they have no price', options, async () => {
  const talk = () => scripted([{ text: 'Hello.' }])
  await using server = await startTestServer({ models: { free: talk(), 'house/model': paid(talk()) } })
  for (const model of ['free', 'house/model']) await server.client.responses.create({ model, input: 'Hi' })
  await using visitor = await visit(server, { at: 'usage' })
  const { page } = visitor
  await page.getByText('$0 without 1 model that has no price').waitFor()
  await page.getByText('By assistant').click()
  await page.getByText('$0 of models with a price').waitFor()
})

test('a server that has used nothing says so, in a time that the address names', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server, { at: 'usage?from=2026-01-01&to=2026-01-03' })
  const { page } = visitor
  await page.getByRole('heading', { name: 'Nothing was used in this time' }).waitFor()
  assert.equal(await page.getByLabel('First day').inputValue(), '2026-01-01')
  await assertAccessibleInBoth(page)
})

test(
  'health is read by a person: what works, what could be better, and what went wrong lately',
  options,
  async () => {
    await using server = await startTestServer()
    {
      await using visitor = await visit(server, { at: 'status' })
      const { page } = visitor
      await page.getByText(/^Everything works/).waitFor()
      await page.getByRole('listitem').filter({ hasText: 'Database' }).getByText('works').waitFor()
      await page.getByRole('listitem').filter({ hasText: 'Disk' }).getByText(/free/).waitFor()
      await page.getByRole('heading', { name: 'Last warnings and errors' }).waitFor()
      await page.getByText('The whole answer').click()
      await page.getByText('"code_interpreter"').waitFor()
      await assertAccessibleInBoth(page)
    }
  },
)

test(
  'health lists the servers of one database with what they hold, and projects that share places',
  options,
  async () => {
    await using server = await startTestServer()
    await using visitor = await visit(server, { at: 'models' })
    const { page } = visitor
    await page.route('**/health', async (route) => {
      const answer = await route.fetch()
      const report = await answer.json()
      report.file_storage = { kind: 's3', place: 's3://bucket/threadmill' }
      const other = { id: 'another-server', self: false, since: 1_700_000_000, runs: 1_200, files: 3 }
      report.database.servers.push(other)
      report.database.active_runs = { queued: 3, in_progress: 9 }
      report.database.oldest_queued_at = Math.floor(Date.now() / 1_000) - 40
      report.database.servers_connected = 2
      report.python_sessions = { open: 4, memory_bytes: 200_000_000 }
      report.code_interpreter = { state: 'ready', id: 'python+bwrap', isolation: 'namespaces' }
      report.telemetry = { traces: true, metrics: true }
      report.runs.projects = { proj_a: { taken: 7, waits: true }, default: { taken: 2, waits: false } }
      await route.fulfill({ response: answer, json: report })
    })
    await page.goto(`${server.url}/status`)
    const table = page.getByRole('table', { name: 'Servers at work' })
    await table.getByRole('row').filter({ hasText: 'answers this page' }).waitFor()
    await table.getByRole('row').filter({ hasText: 'another-server' }).getByText('1,200').waitFor()
    await page.getByText('s3://bucket/threadmill').first().waitFor()
    await page.getByText(process.versions.node, { exact: true }).waitFor()
    const runs = page.getByRole('listitem').filter({ hasText: 'places taken' }).filter({ hasText: 'Runs' })
    await runs.getByText(/3 wait for a worker, the oldest for \d+ s/).waitFor()
    await page.getByText('sessions: 4, 200 MB').waitFor()
    await page.getByText('Sends traces and numbers').waitFor()
    await runs.getByText('Project proj_a: 7 at work, and more wait for a place').waitFor()
    await runs.getByText('Project default: 2 at work').waitFor()
    await assertAccessibleInBoth(page)
  },
)

test(
  'a provider that cannot be reached is told of on the pages of health and of models',
  options,
  async () => {
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
    await using server = await startTestServer({ env })
    await using visitor = await visit(server, { at: 'status' })
    const { page } = visitor
    await page.getByText('Not everything works: Models').waitFor()
    await page
      .getByRole('table', { name: 'Last warnings and errors' })
      .getByText(/models not listed/)
      .waitFor()
    await assertAccessibleInBoth(page)
    await page.goto(`${server.url}/models`)
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor()
    await assertAccessibleInBoth(page)
  },
)
