import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { scripted, type Script } from '../../src/models/scripted.ts'
import { freePort } from '../ports.ts'
import { until } from '../runs.ts'
import type { TestServer } from '../server.ts'
import {
  assertAccessible,
  assertBecomes,
  closeBrowser,
  startTestServer,
  visit,
  withoutBrowser,
} from './browser.ts'

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

let playing = scripted([])
/** Plays what the test at work has given it. */
const stage: LanguageModelV4 = {
  ...playing,
  doGenerate: (call) => playing.doGenerate(call),
  doStream: (call) => playing.doStream(call),
}
/** One for all tests, because a browser reads and compiles the console once for each address. */
let shared: Promise<TestServer> | undefined
after(async () => (await shared)?.[Symbol.asyncDispose]())

/** A server whose model plays the script, and a new assistant of it. */
async function serve(script: Script, tools: (typeof weather)[] = []) {
  shared ??= startTestServer({ models: { scripted: stage } })
  return withAssistant(await shared, script, tools)
}

async function withAssistant(server: TestServer, script: Script, tools: (typeof weather)[] = []) {
  playing = scripted(script)
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', name: 'Tutor', tools })
  const { url, apiKey, client } = server
  return { url, apiKey, client, model: playing, assistant, at: `playground?assistant=${assistant.id}` }
}

test('a message is written, its answer streams in, and Stop ends it', options, async () => {
  const server = await serve([{ text: ['Well, ', '**one** '], hang: true }, { text: 'Done.' }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('How many?')
  await page.keyboard.press('Enter')
  await page.getByRole('article', { name: 'Answer' }).getByText('one').waitFor()
  await page.waitForURL(/\/playground\/thread_/)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('log').getByText('cancelled').waitFor()
  await until(async () => server.model.aborted === 1)
  await assertAccessible(page)
  await page.getByRole('textbox', { name: 'Message' }).fill('Again')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('log').getByText('Done.').waitFor()
})

test(
  'functions are answered by hand, all at once, and what was answered is filled in the next time',
  options,
  async () => {
    const calls = ['Paris', 'Tokyo'].map((city) => ({ name: 'get_weather', arguments: { city } }))
    const server = await serve(
      [{ toolCalls: calls }, { text: 'Sun and rain.' }, { toolCalls: calls }, { text: 'As before.' }],
      [weather],
    )
    await using seen = await visit(server, { at: server.at, scheme: 'dark' })
    const { page } = seen
    await page.getByRole('textbox', { name: 'Message' }).fill('The weather?')
    await page.keyboard.press('Enter')
    const form = page.getByRole('form', { name: 'Functions to answer' })
    await form.getByText('The weather in a city now').first().waitFor()
    await form.getByText(/^It expires in \d/).waitFor()
    await form.getByRole('table', { name: /^Arguments of get_weather .*Paris/ }).waitFor()
    const output = (city: string) =>
      form.getByRole('textbox', { name: `Output of get_weather {"city":"${city}"}` })
    await output('Paris').fill('sun')
    const inTokyo = form.getByRole('group', { name: 'get_weather {"city":"Tokyo"}', exact: true })
    await inTokyo.getByText('JSON', { exact: true }).click()
    await output('Tokyo').fill('{"sky":"rain"')
    await form.getByText(/^This is no JSON: /).waitFor()
    await form.getByRole('button', { name: 'Send 2 outputs', disabled: true }).waitFor()
    await output('Tokyo').fill('{"sky":"rain"}')
    await assertAccessible(page)
    await output('Tokyo').press('Control+Enter')
    await page.getByRole('log').getByText('Sun and rain.').waitFor()
    await page.getByRole('textbox', { name: 'Message' }).fill('And now?')
    await page.keyboard.press('Enter')
    await form.waitFor()
    assert.equal(await output('Paris').inputValue(), 'sun')
    assert.equal(JSON.parse(await output('Tokyo').inputValue()).sky, 'rain')
    await assertBecomes(() => inTokyo.getByRole('radio', { name: 'JSON' }).isChecked(), true)
    await form.getByRole('button', { name: 'Send 2 outputs' }).click()
    await page.getByRole('log').getByText('As before.').waitFor()
  },
)

test(
  'a screen reader is told that the assistant answers, and then the whole answer at once',
  options,
  async () => {
    const server = await serve([{ text: 'Yes.' }, { text: ['One ', 'two ', 'three.'], delayMs: 50 }])
    await using seen = await visit(server, { at: server.at })
    const { page } = seen
    const message = page.getByRole('textbox', { name: 'Message' })
    await message.fill('Are you there?')
    await page.keyboard.press('Enter')
    const told = page.getByRole('status', { name: 'What the run does' })
    await told.getByText('Answer: Yes.').waitFor()
    await page.evaluate(`
    globalThis.told = []
    const region = document.querySelector('[aria-label="What the run does"]')
    const note = () => told.at(-1) !== region.textContent && told.push(region.textContent)
    new MutationObserver(note).observe(region, { subtree: true, childList: true, characterData: true })
  `)
    await message.fill('Count')
    await page.keyboard.press('Enter')
    await told.getByText('Answer: One two three.').waitFor()
    assert.deepEqual(await page.evaluate('told'), ['The assistant is answering.', 'Answer: One two three.'])
    assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'off')
  },
)

test(
  'an assistant without tools is offered some, and they are saved with the next message',
  options,
  async () => {
    const server = await serve([{ text: 'Ready.' }])
    await using seen = await visit(server, { at: server.at })
    const { page } = seen
    await page.getByRole('button', { name: 'add Python' }).click()
    await assertBecomes(() => page.getByLabel('Code interpreter').isChecked(), true)
    await page.getByText('This assistant has no tools').waitFor({ state: 'hidden' })
    await page.getByRole('textbox', { name: 'Message' }).fill('Now?')
    await page.getByRole('button', { name: 'Save and send' }).click()
    await page.getByRole('log').getByText('Ready.').waitFor()
    const { tools } = await server.client.beta.assistants.retrieve(server.assistant.id)
    assert.deepEqual(tools, [{ type: 'code_interpreter' }])
  },
)

test('whoever signs out is asked first when the form has changes that are not saved', options, async () => {
  const server = await serve([])
  await using seen = await visit(server, { at: `assistants/${server.assistant.id}` })
  const { page } = seen
  await page.getByLabel('Instructions').fill('Be kind.')
  const questions: string[] = []
  page.once('dialog', (dialog) => {
    questions.push(dialog.message())
    void dialog.dismiss()
  })
  await page.getByRole('button', { name: 'Sign out' }).click()
  assert.match(questions.join(), /not saved/)
  assert.equal(await page.getByLabel('Instructions').inputValue(), 'Be kind.')
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('what cannot be shown of a stream is said, and is no lost connection', options, async () => {
  const server = await serve([{ text: ['One ', 'two.'], hang: true }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.route('**/stream', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: 'event: thread.message.delta\ndata: {"id":1\n\n',
    }),
  )
  await page.getByRole('textbox', { name: 'Message' }).fill('Count')
  await page.keyboard.press('Enter')
  await page.getByText('An event of the run cannot be shown (thread.message.delta)').waitFor()
  assert.equal(await page.getByText('The stream of the answer broke off.').count(), 0)
})

test('a reload in the middle of an answer goes on with it', options, async () => {
  const server = await serve([{ text: ['The first half, ', 'the second.'], delayMs: 700 }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('Tell')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('The first half,').waitFor()
  await page.reload()
  await page.getByRole('log').getByText('The first half, the second.').waitFor()
  assert.equal(server.model.calls.length, 1)
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
  await page.getByRole('link', { name: /^Source 1: house-rules\.md/ }).click()
  await page.waitForURL(/\/stores\/vs_\w+\/files\/file-\w+\?start=\d+&end=\d+$/)
  await page.locator('mark').filter({ hasText: 'quiet hours last all day' }).first().waitFor()
})

test('files that are attached go with the message: for a tool, and to look at', options, async () => {
  const server = await serve([{ text: 'Seen.' }])
  await server.client.beta.assistants.update(server.assistant.id, { tools: [{ type: 'code_interpreter' }] })
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('Look')
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Attach files' }).click(),
  ])
  await chooser.setFiles([
    { name: 'data.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') },
    { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') },
  ])
  assert.equal(await page.getByLabel('What data.csv is for').inputValue(), 'code_interpreter')
  assert.equal(await page.getByLabel('What dot.png is for').inputValue(), 'picture')
  // What a tooltip says belongs to no landmark.
  await page.mouse.move(600, 200)
  await page.getByRole('tooltip').waitFor({ state: 'hidden' })
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('log').getByText('Seen.').waitFor()
  await page.getByRole('article').getByRole('link', { name: 'data.csv for Python' }).waitFor()
  await page.getByRole('article').getByRole('img', { name: 'Picture' }).waitFor()
  const [, message] = (await server.client.beta.threads.messages.list(threadIn(page.url()))).data
  assert.deepEqual(message?.attachments?.[0]?.tools, [{ type: 'code_interpreter' }])
  assert.deepEqual(
    message.content.map(({ type }) => type),
    ['text', 'image_file'],
  )
})

test('a parameter is given for one run alone', options, async () => {
  const server = await serve([{ text: 'Warm.' }, { text: 'As ever.' }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('button', { name: 'For this run' }).click()
  await page.getByRole('dialog').getByLabel('Temperature').fill('0.5')
  await page.getByRole('dialog').getByLabel('Added to the instructions').fill('Be brief.')
  await assertAccessible(page)
  await page.keyboard.press('Escape')
  for (const [text, answer] of [
    ['First', 'Warm.'],
    ['Second', 'As ever.'],
  ] as const) {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText(answer).waitFor()
  }
  const runs = (await server.client.beta.threads.runs.list(threadIn(page.url()), { order: 'asc' })).data
  assert.deepEqual(
    runs.map(({ temperature }) => temperature),
    [0.5, 1],
  )
})

test('a message is edited and run again in a copy of the thread, which itself stays', options, async () => {
  const server = await serve([{ text: 'Blue.' }, { text: 'Sky.' }, { text: 'Green.' }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  for (const [text, answer] of [
    ['Colour?', 'Blue.'],
    ['Of what?', 'Sky.'],
  ] as const) {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText(answer).waitFor()
  }
  const before = threadIn(page.url())
  await page.getByRole('button', { name: 'Edit, and run again' }).nth(1).click()
  await page.getByRole('textbox', { name: 'Edited message' }).fill('Another?')
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Run in a copy' }).click()
  await page.getByRole('log').getByText('Green.').waitFor()
  await page.getByRole('log').getByText('Blue.').waitFor()
  const copy = threadIn(page.url())
  assert.notEqual(copy, before)
  // The words of an answer are shown before its message is whole.
  await assertBecomes(() => said(server, copy), ['Colour?', 'Blue.', 'Another?', 'Green.'])
  assert.deepEqual(await said(server, before), ['Colour?', 'Blue.', 'Of what?', 'Sky.'])
})

test('two models answer the same messages side by side', options, async () => {
  const other = scripted([{ text: 'The other says one.' }, { text: 'The other says two.' }])
  const model = scripted([{ text: 'It says one.' }, { text: 'It says two.' }])
  await using server = await startTestServer({ models: { scripted: model, other } })
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', name: 'Tutor' })
  await using seen = await visit(server, { at: `playground?assistant=${assistant.id}` })
  const { page } = seen
  await page.getByRole('button', { name: 'Compare two models' }).click()
  await page.getByRole('combobox', { name: 'Model to compare with' }).click()
  await page.getByRole('option', { name: /^other/ }).click()
  for (const [text, number] of [
    ['First', 'one'],
    ['Second', 'two'],
  ] as const) {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText(`It says ${number}.`).waitFor()
    await page
      .getByRole('region', { name: 'Answers of other' })
      .getByText(`The other says ${number}.`)
      .waitFor()
  }
  await assertAccessible(page)
})

test('a server that went away is told of, and its answer goes on when it is back', options, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const env = { THREADMILL_PORT: String(await freePort()) }
  const models = { scripted: stage }
  const server = await startTestServer({ dataDir, env, models })
  const first = await withAssistant(server, [{ text: 'The first half, ', hang: true }])
  await using seen = await visit(first, { at: first.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill('Tell')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('The first half,').waitFor()
  await server.server.close()
  await page.getByText('The stream of the answer broke off.').waitFor()
  await page.getByText('The connection to the server is lost').waitFor()
  assert.ok(
    await page.evaluate('document.documentElement.scrollHeight <= innerHeight'),
    'what is told moves nothing out of the window',
  )
  playing = scripted([{ text: 'The whole.' }])
  await using again = await startTestServer({ dataDir, env, models })
  await page.getByRole('log').getByText('The whole.').waitFor()
  await page.getByText('The stream of the answer broke off.').waitFor({ state: 'hidden' })
  assert.equal(again.url, first.url)
})

test('what strangers write does nothing', options, async () => {
  const hostile = [
    '<img src=x onerror="window.hit=1"><script>window.hit=1</script>',
    '[run](javascript:window.hit=1) [data](data:text/html,<script>window.hit=1</script>)',
    '![leak](https://example.org/leak?q=secret)',
    '[safe](https://example.org/)',
  ].join('\n\n')
  const server = await serve([{ text: hostile }])
  await using seen = await visit(server, { at: server.at })
  const { page } = seen
  await page.getByRole('textbox', { name: 'Message' }).fill(hostile)
  await page.keyboard.press('Enter')
  const answer = page.getByRole('article', { name: 'Answer' })
  const safe = answer.getByRole('link', { name: 'safe' })
  await safe.waitFor()
  assert.match((await safe.getAttribute('rel')) ?? '', /noopener/)
  assert.equal(
    await page.locator('a[href^="javascript"], a[href^="data"], article img, article script').count(),
    0,
  )
  assert.equal(await page.evaluate(() => 'hit' in globalThis), false)
})

const said = async ({ client }: Pick<TestServer, 'client'>, threadId: string) =>
  (await client.beta.threads.messages.list(threadId, { order: 'asc' })).data.map(({ content: [part] }) =>
    part?.type === 'text' ? part.text.value : part?.type,
  )

const threadIn = (address: string) => /thread_\w+/.exec(address)?.[0] ?? ''

/** One white dot. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII='
