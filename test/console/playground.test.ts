import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scripted, type Script } from '../../src/models/scripted.ts'
import { assertAccessible, closeBrowser, startTestServer, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)
const options = { skip: withoutBrowser }

const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather in a city now',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

/** A server whose model plays the script, and an assistant of it. */
async function serve(script: Script, tools: (typeof weather)[] = []) {
  const model = scripted(script)
  const server = await startTestServer({ models: { scripted: model } })
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', name: 'Tutor', tools })
  return { ...server, model, assistant, at: `playground?assistant=${assistant.id}` }
}

test('a message is written, its answer streams in, and Stop ends it', options, async () => {
  await using server = await serve([{ text: ['Well, ', '**one** '], hang: true }, { text: 'Done.' }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('How many?')
  await page.keyboard.press('Enter')
  await page.getByRole('article', { name: 'Answer' }).getByText('one').waitFor()
  assert.match(page.url(), /\/playground\/thread_/)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('log').getByText('cancelled').waitFor()
  assert.equal(server.model.aborted, 1)
  await assertAccessible(page)
  await page.getByRole('textbox', { name: 'Message' }).fill('Again')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('Done.').waitFor()
})

test(
  'functions are answered by hand, all at once, and what was answered is filled in the next time',
  options,
  async () => {
    const calls = ['Paris', 'Tokyo'].map((city) => ({ name: 'get_weather', arguments: { city } }))
    await using server = await serve(
      [{ toolCalls: calls }, { text: 'Sun and rain.' }, { toolCalls: calls }, { text: 'As before.' }],
      [weather],
    )
    await using seen = await visit(server, { at: server.at, scheme: 'dark' })
    const { page } = seen
    await page.getByRole('textbox', { name: 'Message' }).fill('The weather?')
    await page.keyboard.press('Enter')
    const form = page.getByRole('form', { name: 'Functions to answer' })
    await form.getByText('The weather in a city now').first().waitFor()
    await form.getByLabel('Output of get_weather').first().fill('sun')
    await form.getByLabel('Output of get_weather').last().fill('rain')
    await assertAccessible(page)
    await page.keyboard.press('Control+Enter')
    await page.getByText('Sun and rain.').waitFor()
    await page.getByRole('textbox', { name: 'Message' }).fill('And now?')
    await page.keyboard.press('Enter')
    await form.waitFor()
    assert.equal(await form.getByLabel('Output of get_weather').first().inputValue(), 'sun')
    assert.equal(await form.getByLabel('Output of get_weather').last().inputValue(), 'rain')
    await form.getByRole('button', { name: 'Send 2 outputs' }).click()
    await page.getByText('As before.').waitFor()
  },
)

test('a reload in the middle of an answer goes on with it', options, async () => {
  const { promise: more, resolve } = Promise.withResolvers<void>()
  await using server = await serve((_, call) => ({
    text: call === 0 ? ['The first half, '] : 'never',
    hang: true,
  }))
  void more
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('Tell')
  await page.keyboard.press('Enter')
  await page.getByText('The first half,').waitFor()
  await page.reload()
  await page.getByText('The first half,').waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('log').getByText('cancelled').waitFor()
  resolve()
})

test('an example shows how it works, on the first visit', options, async () => {
  await using server = await startTestServer()
  await using seen = await visit(server, { at: 'playground' })
  const { page } = seen
  await page.getByRole('heading', { name: 'Try an assistant' }).waitFor()
  await page.getByText('Only the built-in demo model is connected').waitFor()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Questions about a file' }).click()
  await page.getByRole('link', { name: /^Source 1: house-rules\.md/ }).waitFor()
  await assertAccessible(page)
})
