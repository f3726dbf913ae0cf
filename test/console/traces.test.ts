import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { refundTrace, startAgents, type Agents } from './agents-fixture.ts'
import { assertAccessible, assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

describe('the traces of the console', { skip: withoutBrowser }, () => {
  let room: Agents
  let response: string
  before(async () => {
    room = await startAgents()
    ;({ id: response } = await room.client.responses.create({ model: 'scripted', input: 'Hello' }))
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  test('without traces the room says how a program sends them here', async () => {
    await using seen = await visit(room, { at: 'traces' })
    const { page } = seen
    await page.getByText('No traces yet').waitFor()
    await page.getByText(`endpoint="${room.url}/v1/traces/ingest"`).waitFor()
    await assertAccessibleInBoth(page)
  })

  test('a trace comes into the list by itself, with its agents, and is found by their names', async () => {
    await using seen = await visit(room, { at: 'traces' })
    const { page } = seen
    await page.getByText('No traces yet').waitFor()
    await room.ingest(refundTrace('trace_refund', response))
    await room.ingest([
      { object: 'trace', id: 'trace_long', workflow_name: 'long '.repeat(100), metadata: {} },
    ])
    const row = page.getByRole('row').filter({ hasText: 'Refund of an order' })
    await row.getByText('Triage → Refunds').waitFor()
    await row.getByText('1 error').waitFor()
    await assertAccessibleInBoth(page)
    await page.getByRole('textbox', { name: 'Find traces' }).fill('triage')
    await page.getByRole('row').filter({ hasText: 'long' }).waitFor({ state: 'detached' })
    await page.waitForURL(/query=triage/)
    await row.getByRole('link', { name: 'Refund of an order' }).press('Enter')
    await page.waitForURL('**/traces/trace_refund')
  })

  test('the waterfall is the tree of the spans, and each opens to what it was', async () => {
    await using seen = await visit(room, { at: 'traces/trace_refund' })
    const { page } = seen
    const spans = page.getByRole('list', { name: 'Spans' })
    const lines = spans.getByRole('link')
    await lines.nth(6).waitFor()
    const said = await lines.allTextContents()
    const order = ['Agent', 'Generation', 'Handoff', 'Agent', 'Response', 'Function', 'Guardrail']
    assert.deepEqual(
      said.map((text) => order.find((kind) => text.startsWith(kind))),
      order,
    )
    await spans.getByText('triggered', { exact: true }).waitFor()
    await spans.getByText('Guardrail tripwire triggered').waitFor()
    const open = page.getByRole('region', { name: 'The chosen span' })
    await lines.nth(1).click()
    await open.getByText('I want my money back.').first().waitFor()
    await assertAccessibleInBoth(page)
    await lines.nth(5).focus()
    await page.keyboard.press('Enter')
    await open.getByText('"paid": 12.5').first().waitFor()
    await lines.nth(4).click()
    await open.getByRole('link', { name: 'Open the response' }).click()
    await page.waitForURL(`**/responses/${response}`)
    await page.getByRole('link', { name: 'Find its traces' }).click()
    await page.getByRole('row').filter({ hasText: 'Refund of an order' }).waitFor()
  })

  test('on a phone a span opens below its line, and the way back closes it', async () => {
    await using seen = await visit(room, { at: 'traces/trace_refund', size: { width: 390, height: 800 } })
    const { page } = seen
    const line = page.getByRole('list', { name: 'Spans' }).getByRole('link').nth(5)
    await line.click()
    const open = page.getByRole('list', { name: 'Spans' }).getByRole('region', { name: 'The chosen span' })
    await open.getByText('"order": 17').first().waitFor()
    await assertAccessible(page)
    await page.goBack()
    await open.waitFor({ state: 'detached' })
  })

  test('ten thousand spans, hostile ones among them, scroll like ten', async () => {
    const id = 'trace_large'
    const spanOf = (n: number, span_data: object, more: object = {}) => ({
      object: 'trace.span',
      id: `span_${n}`,
      trace_id: id,
      parent_id: n < 2 ? null : `span_${n - (n % 40)}`,
      started_at: new Date(1_760_000_000_000 + n).toISOString(),
      ended_at: new Date(1_760_000_000_001 + n).toISOString(),
      span_data,
      ...more,
    })
    const hostile = '<img src="https://leak.invalid/a.png" onerror="document.title=1">\u202e'
    await room.ingest([
      { object: 'trace', id, workflow_name: hostile, metadata: { [hostile]: { deep: hostile } } },
      spanOf(0, { type: 'agent', name: hostile, tools: { no: 'list' }, handoffs: [{}] }),
      // Two that are parts of each other.
      spanOf(1, { type: 'function', name: 7, input: { a: 1 } }, { parent_id: 'span_2' }),
      spanOf(
        2,
        { type: 'generation', usage: 'none', input: hostile, output: [null, 3, { role: {}, content: [{}] }] },
        { parent_id: 'span_1' },
      ),
    ])
    await room.ingest(
      Array.from({ length: 9_000 }, (_, n) =>
        spanOf(n + 3, { type: 'custom', name: `step ${n + 3}`, data: {} }),
      ),
    )
    await using seen = await visit(room, { at: `traces/${id}?span=span_2` })
    const { page } = seen
    const open = page.getByRole('region', { name: 'The chosen span' })
    await open.getByText('leak.invalid').first().waitFor()
    assert.match(await page.title(), /Threadmill$/)
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
    await page.getByRole('list', { name: 'Spans' }).getByRole('link').last().waitFor()
    assert.ok((await page.getByRole('list', { name: 'Spans' }).getByRole('listitem').count()) < 80)
  })

  test('a trace is deleted when one has read what goes with it', async () => {
    await using seen = await visit(room, { at: 'traces/trace_long' })
    const { page } = seen
    await page.getByText('No span has come yet.').waitFor()
    await page.getByRole('button', { name: 'Delete trace' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete trace' }).click()
    await page.waitForURL('**/traces')
    await page.goto(`${room.url}/traces/trace_long`)
    await page.getByText('Not found', { exact: true }).waitFor()
  })
})
