import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type OpenAI from 'openai'
import type { Locator, Page } from 'playwright-core'
import { scripted } from '../../src/models/scripted.ts'
import { startMcpServer, textResult } from '../mcp-server.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import {
  assertAccessible,
  assertAccessibleInBoth,
  closeBrowser,
  copyAsCode,
  visit,
  withoutBrowser,
} from './browser.ts'

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather of a city.',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string', description: 'Where' } } },
}

/** For who wants to look: `PICTURES=folder node --test test/console/going-on.test.ts`. */
const look = async (page: Page, name: string) => {
  const folder = process.env['PICTURES']
  if (folder === undefined) return
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` })
  }
}

describe('going on with a response', { skip: withoutBrowser }, () => {
  let room: TestServer
  let mcp: Awaited<ReturnType<typeof startMcpServer>>
  // What holds a tool and a model until a test lets them go on: they may be asked before it does so, or after.
  const rolled = Promise.withResolvers<void>()
  const thought = Promise.withResolvers<void>()
  before(async () => {
    const dice = { type: 'object', properties: { dice: { type: 'string' } } }
    mcp = await startMcpServer({
      tools: [
        { name: 'roll', description: 'Rolls dice.', inputSchema: dice, annotations: { readOnlyHint: false } },
        { name: 'sides', description: 'Says how many sides a die has.', annotations: { readOnlyHint: true } },
      ],
      call: async (name) => {
        if (name !== 'roll') return textResult('The table is too small.', true)
        await rolled.promise
        return textResult('7')
      },
    })
    const model = scripted(async (prompt) => {
      const last = prompt.at(-1)
      const asked = JSON.stringify(prompt.findLast(({ role }) => role === 'user'))
      if (last?.role === 'tool') return { text: `So it is: ${JSON.stringify(last.content).slice(0, 300)}` }
      if (asked.includes('weather'))
        return { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
      if (asked.includes('roll')) return { toolCalls: [{ name: 'lab__roll', arguments: { dice: '2d6' } }] }
      if (asked.includes('sides')) return { toolCalls: [{ name: 'lab__sides', arguments: {} }] }
      if (asked.includes('hang')) return { text: ['I am ', 'still '], hang: true }
      if (asked.includes('slowly')) {
        await thought.promise
        return { text: ['At ', 'last.'] }
      }
      return { text: ['This is ', 'the answer.'], usage: { input: 1_200, output: 34 } }
    })
    room = await startTestServer({
      models: { scripted: model },
      env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' },
    })
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
    await mcp[Symbol.asyncDispose]()
  })

  const create = (params: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>) =>
    room.client.responses.create({ model: 'scripted', ...params })
  const send = async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
  }

  test('a chain is begun, and gone on with by keyboard, each answer on a page of its own', async () => {
    await using seen = await visit(room, { at: 'responses' })
    const { page } = seen
    await page.getByRole('link', { name: 'New response' }).click()
    await page.getByRole('button', { name: 'scripted', exact: true }).waitFor()
    await assertAccessibleInBoth(page)
    await look(page, 'new')
    const writes = page.getByRole('textbox', { name: 'Message' }).and(page.locator(':focus'))
    await writes.waitFor()
    await page.keyboard.type('Good morning')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/responses/resp_*')
    await page.getByText('This is the answer.').first().waitFor()
    const first = page.url()
    await writes.waitFor()
    await page.keyboard.type('And then?')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.href !== first)
    await page.getByRole('article', { name: 'User: message' }).filter({ hasText: 'And then?' }).waitFor()
    await page.getByText('1,200 → 34 tokens').waitFor()
    await assertAccessibleInBoth(page)
    await look(page, 'answered')
    await page.goBack()
    await page.waitForURL(first)
  })

  test('an answer streams in, also after a reload, and is stopped', async () => {
    const { id } = await create({ input: 'Hi', instructions: 'Be brief.' })
    await using seen = await visit(room, { at: `responses/${id}` })
    const { page } = seen
    await send(page, 'Please hang')
    await page.waitForURL((url) => url.pathname.includes('/responses/resp_') && !url.href.includes(id))
    await page.getByText('I am still').waitFor()
    await page.reload()
    const words = page.getByText('I am still')
    await words.waitFor()
    const composer = page.getByRole('region', { name: 'Go on' })
    const top = async (of: Locator) => (await of.boundingBox())?.y ?? NaN
    await until(async () => (await top(words)) < (await top(composer)))
    await assertAccessible(page)
    await look(page, 'streaming')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('cancelled').first().waitFor()
    const going = page.url().split('/').at(-1) ?? ''
    assert.equal((await room.client.responses.retrieve(going)).instructions, 'Be brief.')
  })

  test('functions are answered by hand, and what is written goes on from there', async () => {
    const { id } = await create({ input: 'How is the weather?', tools: [weather] })
    await using seen = await visit(room, { at: `responses/${id}` })
    const { page } = seen
    const form = page.getByRole('form', { name: 'Functions to answer' })
    await form.getByText('The weather of a city.').waitFor()
    await form.getByText('string · Where').waitFor()
    await assertAccessibleInBoth(page)
    await look(page, 'function')
    await form.getByRole('textbox', { name: /^Output of get_weather/ }).fill('sunny')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL((url) => !url.href.includes(id))
    await page.getByText('So it is:').first().waitFor()
    await page.getByText('sunny').first().waitFor()
  })

  test('calls of MCP servers are approved and denied, and read as what they are', async () => {
    const tools = [
      {
        type: 'mcp' as const,
        server_label: 'lab',
        server_url: mcp.url,
        require_approval: { always: { tool_names: ['roll'] }, never: { tool_names: ['sides'] } },
      },
    ]
    const asks = await create({ input: 'Please roll', tools })
    await using seen = await visit(room, { at: `responses/${asks.id}` })
    const { page } = seen
    await page.getByText('has 2 tools: roll, sides').click()
    const listed = page.getByRole('list', { name: 'Tools of lab' })
    await listed.getByText('Says how many sides a die has.').waitFor()
    await listed.getByText('only reads').waitFor()
    await listed.getByText('Rolls dice.').click()
    await listed.getByText('"dice"').waitFor()
    const form = page.getByRole('form', { name: 'Calls to approve' })
    await form.getByRole('button', { name: 'Send the answer', disabled: true }).waitFor()
    await form.getByRole('radio', { name: 'Deny' }).check()
    await form.getByRole('textbox', { name: 'Why, for the model' }).fill('Not today.')
    await assertAccessibleInBoth(page)
    await look(page, 'approval')
    await form.getByRole('radio', { name: 'Approve' }).check()
    await form.getByRole('button', { name: 'Send the answer' }).click()
    await page.waitForURL((url) => !url.href.includes(asks.id))
    await page.getByText('Approved by the caller').waitFor()
    assert.equal(await page.getByText('asks for approval').count(), 0)
    // The first is the request. The call is opened while it works, and stays open when what is stored takes its place.
    await page.locator('summary').filter({ hasText: 'lab › roll' }).nth(1).click()
    await page.getByText('The caller has approved it.').waitFor()
    rolled.resolve()
    await page.getByRole('button', { name: 'Delete response' }).waitFor()
    await page.getByLabel('Output', { exact: true }).getByText('7').waitFor()
    await assertAccessibleInBoth(page)
    await look(page, 'approved')

    const failed = await create({ input: 'How many sides?', tools })
    await page.goto(`${room.url}/responses/${failed.id}`)
    await page.locator('summary').filter({ hasText: 'lab › sides' }).click()
    await page.getByText('the tool failed').waitFor()
    await page.getByLabel('Error', { exact: true }).getByText('The table is too small.').waitFor()
    await look(page, 'failed')
    const program = await copyAsCode(seen, 'Python')
    assert.match(program, /# Answers do not show where lab is.*<redacted>/)
    assert.match(program, /"mcp_approval_request"\):\n +print\(event\.item\)/)
  })

  test('a conversation is gone on with where it is, and shows what its model says while it says it', async () => {
    const { id } = await room.client.conversations.create()
    await using seen = await visit(room, { at: `conversations/${id}`, size: { width: 390, height: 800 } })
    const { page } = seen
    await page.getByText('No items yet').waitFor()
    await page.getByRole('button', { name: 'scripted', exact: true }).click()
    await page.getByRole('textbox', { name: 'Instructions' }).fill('Be kind.')
    await assertAccessible(page)
    await page.keyboard.press('Escape')
    await send(page, 'Answer slowly')
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    thought.resolve()
    const items = page.getByRole('list', { name: 'Items' })
    await items.getByText('At last.').waitFor()
    await items.getByText('Answer slowly').waitFor()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await assertAccessibleInBoth(page)
    await look(page, 'conversation-phone')
    await send(page, 'And more')
    await items.getByText('This is the answer.').waitFor()
    assert.equal((await room.client.conversations.items.list(id)).data.length, 4)
  })

  test('a compaction says what it stands for', async () => {
    const { output } = await room.client.responses.compact({ model: 'scripted', input: 'A long story.' })
    const { id } = await create({ input: output as OpenAI.Responses.ResponseInputItem[] })
    await using seen = await visit(room, { at: `responses/${id}` })
    const { page } = seen
    await page.getByText(/folded into \d/).click()
    await page.getByText('A summary that the model has written').waitFor()
    await assertAccessibleInBoth(page)
  })
})
