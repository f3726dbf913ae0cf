import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { scripted } from '../../src/models/scripted.ts'
import { closeBrowser, startTestServer, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)
const options = { skip: withoutBrowser }

/** Has the server fail at such requests of a page, until the route is taken away. */
const fail = (page: Page, address: RegExp) =>
  page.route(address, (route) =>
    route.request().method() === 'GET'
      ? route.fulfill({ status: 500, json: { error: { message: 'The database sleeps.' } } })
      : route.fallback(),
  )

/** Whoever comes back to the tab is shown what is new. */
const comeBack = (page: Page) => page.evaluate(`dispatchEvent(new Event('visibilitychange'))`)

test('a list that cannot be read again stays in sight, with what is wrong above it', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'I…', hang: true }]) } })
  await server.client.responses.create({ model: 'scripted', input: 'Are you there?', background: true })
  await using seen = await visit(server, { at: 'responses' })
  const { page } = seen
  const row = page.getByRole('table', { name: 'Responses' }).getByText('Are you there?')
  await row.waitFor()
  // It is asked for again while one of them is made.
  await fail(page, /\/v1\/responses\?/)
  const failure = page.getByRole('alert').getByText('The database sleeps.')
  await failure.waitFor()
  assert.ok(await row.isVisible())
  await page.unrouteAll()
  await failure.waitFor({ state: 'detached' })
  await row.waitFor()
})

test(
  'where the next page of a list cannot be read, its end says so, and asks again for that page',
  options,
  async () => {
    await using server = await startTestServer()
    for (let n = 0; n < 120; n++)
      await server.client.beta.threads.create({ messages: [{ role: 'user', content: `Number ${n}` }] })
    await using seen = await visit(server, { at: 'threads' })
    const { page } = seen
    const table = page.getByRole('table', { name: 'Threads' })
    await table.getByText('Number 119', { exact: true }).waitFor()
    await fail(page, /\/v1\/threads\?.*after=/)
    await page.keyboard.press('End')
    await table.getByText('Number 20', { exact: true }).waitFor()
    await page.getByRole('alert').getByText('The database sleeps.').waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await page.keyboard.press('End')
    await table.getByText('Number 0', { exact: true }).waitFor()
  },
)

test('a page that cannot be read is not asked for again each time its list is', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'I…', hang: true }]) } })
  for (let n = 0; n < 120; n++) await server.client.beta.threads.create()
  const { id: assistant_id } = await server.client.beta.assistants.create({ model: 'scripted' })
  // The list is asked for again while one of its threads is at work.
  await server.client.beta.threads.createAndRun({
    assistant_id,
    thread: { messages: [{ role: 'user', content: 'Are you there?' }] },
  })
  await using seen = await visit(server, { signedOut: true })
  const { page } = seen
  const list = /\/v1\/threads\?/
  const asked = { first: 0, next: 0 }
  const askedOften = Promise.withResolvers<void>()
  await page.route(list, (route) => {
    if (route.request().url().includes('after=')) asked.next++
    else if (++asked.first === 1) return route.fallback()
    if (asked.first === 6) askedOften.resolve()
    return route.fulfill({ status: 500, json: { error: { message: 'The database sleeps.' } } })
  })
  await page.goto(`${server.url}/threads#key=${server.apiKey}`)
  await page.getByRole('table', { name: 'Threads' }).getByText('Are you there?').waitFor()
  await page.keyboard.press('End')
  await askedOften.promise
  // The client of the API tries twice.
  assert.ok(asked.next <= 2, `The next page was asked for ${asked.next} times.`)
})

test('what is empty is said beside what is wrong when it cannot be read again', options, async () => {
  await using server = await startTestServer()
  const { id } = await server.client.beta.threads.create()
  await using seen = await visit(server, { signedOut: true })
  const { page } = seen
  for (const [tab, words] of [
    ['messages', 'No messages yet'],
    ['python', 'No Python was run here'],
  ] as const) {
    await page.goto(`${server.url}/threads/${id}?tab=${tab}#key=${server.apiKey}`)
    await page.getByText(words).waitFor()
    // What was read is looked at again only when it is two seconds old.
    await page.waitForTimeout(2_100)
    await fail(page, tab === 'messages' ? /\/v1\/threads\/\w+\/messages\?/ : /\/v1\/threads\/\w+\/runs\?/)
    await comeBack(page)
    await page.getByRole('alert').getByText('The database sleeps.').waitFor()
    assert.ok(await page.getByText(words).isVisible())
    await page.unrouteAll()
  }
})

test('what was written stays where it is while the page cannot be read again', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Yes.' }]) } })
  const { id } = await server.client.responses.create({ model: 'scripted', input: 'Are you there?' })
  const conversation = await server.client.conversations.create({
    items: [{ role: 'user', content: 'Hello' }],
  })
  await using seen = await visit(server, { at: `responses/${id}` })
  const { page } = seen
  for (const at of [`responses/${id}`, `conversations/${conversation.id}`]) {
    await page.goto(`${server.url}/${at}`)
    const message = page.getByRole('textbox', { name: 'Message' })
    await message.fill('Half a sentence')
    // What was read is looked at again only when it is two seconds old.
    await page.waitForTimeout(2_100)
    await fail(page, /\/v1\/(responses|conversations)\//)
    await comeBack(page)
    await page.getByRole('alert').getByText('The database sleeps.').first().waitFor()
    assert.equal(await message.inputValue(), 'Half a sentence')
    await page.unrouteAll()
  }
})

test('the palette says that it still looks, and not that there is nothing', options, async () => {
  await using server = await startTestServer()
  await server.client.beta.assistants.create({ model: 'demo', name: 'Keeper of the harbour' })
  await using seen = await visit(server)
  const { page } = seen
  await page.getByRole('navigation').getByRole('link').first().waitFor()
  const gate = Promise.withResolvers<void>()
  await page.route(/\/v1\/\w+\?query=/, async (route) => {
    await gate.promise
    await route.fallback()
  })
  await page.keyboard.press('Control+k')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill('harbour')
  await dialog.getByText('Looking…').waitFor()
  assert.equal(await dialog.getByText('Nothing has these words').count(), 0)
  gate.resolve()
  await dialog.getByText('Keeper of the harbour').waitFor()
  await dialog.getByRole('textbox').fill('unheard-of')
  await dialog.getByText('Nothing has these words').waitFor()
  await page.unrouteAll()
  await fail(page, /\/v1\/\w+\?query=/)
  await dialog.getByRole('textbox').fill('unheard-of too')
  await dialog.getByText('not all of it could be searched').waitFor()
})

test(
  'older messages that cannot be read are asked for again by whoever reads, and not without end',
  options,
  async () => {
    await using server = await startTestServer()
    const assistant = await server.client.beta.assistants.create({ model: 'demo' })
    const messages = Array.from({ length: 32 }, (_, n) => ({ role: 'user' as const, content: `Number ${n}` }))
    const { id } = await server.client.beta.threads.create({ messages })
    for (let n = 32; n < 120; n++)
      await server.client.beta.threads.messages.create(id, { role: 'user', content: `Number ${n}` })
    await using seen = await visit(server, { signedOut: true })
    const { page } = seen
    const older = /\/v1\/threads\/\w+\/messages\?.*after=/
    let asked = 0
    page.on('request', (request) => (asked += older.test(request.url()) ? 1 : 0))
    await fail(page, older)
    await page.goto(`${server.url}/playground/${id}?assistant=${assistant.id}#key=${server.apiKey}`)
    const log = page.getByRole('log')
    await log.getByText('Number 119', { exact: true }).waitFor()
    await log.press('Home')
    await log.getByText('The database sleeps.').waitFor()
    // The client of the API has tried twice.
    await page.waitForTimeout(2_000)
    assert.equal(asked, 2)
    await page.unrouteAll()
    await log.getByRole('button', { name: 'Try again' }).click()
    await log.getByText('The database sleeps.').waitFor({ state: 'detached' })
  },
)
