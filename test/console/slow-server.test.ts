import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { scripted } from '../../src/models/scripted.ts'
import type { TestServer } from '../server.ts'
import { closeBrowser, startTestServer, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)
const options = { skip: withoutBrowser }

const tools = [{ type: 'function' as const, function: { name: 'get_weather' } }]

test('whoever presses Enter before the page knows the assistant is not asked again', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Quick.' }]) } })
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', name: 'Tutor', tools })
  await using seen = await visit(server, { signedOut: true })
  const { page } = seen
  const assistants = await hold(page, /\/v1\/assistants\/asst_\w+$/)
  await page.goto(`${server.url}/playground?assistant=${assistant.id}#key=${server.apiKey}`)
  await page.getByRole('textbox', { name: 'Message' }).fill('Are you there?')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('as soon as the assistant is loaded').waitFor()
  assistants.release()
  await page.getByRole('log').getByText('Quick.').waitFor()
  assert.deepEqual((await server.client.beta.assistants.retrieve(assistant.id)).tools[0]?.type, 'function')
})

test(
  'a message that is sent while an answer comes waits for its end, or stays where it is',
  options,
  async () => {
    const model = scripted([{ text: 'One.', hang: true }, { text: 'Two.' }])
    await using server = await startTestServer({ models: { scripted: model } })
    const assistant = await server.client.beta.assistants.create({ model: 'scripted' })
    await using seen = await visit(server, { at: `playground?assistant=${assistant.id}` })
    const { page } = seen
    const message = page.getByRole('textbox', { name: 'Message' })
    await message.fill('First')
    await message.press('Enter')
    await page.getByRole('log').getByText('One.').waitFor()
    await message.fill('Second')
    await message.press('Enter')
    const waits = page.getByRole('status').getByText('as soon as the answer is over')
    await waits.waitFor()
    await message.press('Escape')
    await waits.waitFor({ state: 'hidden' })
    await message.press('Enter')
    await waits.waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('log').getByText('Two.').waitFor()
    assert.equal(await message.inputValue(), '')
  },
)

test('what a run has said is shown, whatever late answers tell of its state', options, async () => {
  const call = { toolCalls: [{ name: 'get_weather', arguments: {} }] }
  const model = scripted([call, { text: 'It rains.' }, { text: 'It rained.' }])
  await using server = await startTestServer({ models: { scripted: model } })
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', tools })
  await using seen = await visit(server, { at: `playground?assistant=${assistant.id}` })
  const { page } = seen
  const message = page.getByRole('textbox', { name: 'Message' })
  const log = page.getByRole('log')
  // The page looks from time to time whether a program elsewhere has answered.
  const state = await hold(page, /\/runs\/run_\w+$/)
  await message.fill('The weather?')
  await message.press('Enter')
  await page.getByRole('form', { name: 'Functions to answer' }).waitFor()
  await state.asked
  // Whoever comes back to the tab sees the newest runs. The list is as it was when it was asked for.
  const list = await hold(page, /\/runs\?/, (body) => body.replaceAll('"completed"', '"in_progress"'))
  await page.evaluate(`dispatchEvent(new Event('visibilitychange'))`)
  await list.asked
  await answerAll(server, /thread_\w+/.exec(page.url())![0])
  state.release()
  await log.getByText('It rains.').waitFor()
  await log.getByText('done').waitFor()
  list.release()
  await list.answered
  await message.fill('And before?')
  await message.press('Enter')
  await log.getByText('It rained.').waitFor()
})

test('what is not known yet of a run is not said to be missing', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Quick.' }]) } })
  const { assistants, threads } = server.client.beta
  const { id } = await assistants.create({ model: 'scripted' })
  const run = await threads.createAndRunPoll(
    { assistant_id: id, thread: { messages: [{ role: 'user', content: 'Hello' }] } },
    { pollIntervalMs: 20 },
  )
  await using seen = await visit(server, { signedOut: true })
  const { page } = seen
  const timeline = await hold(page, /\/timeline$/)
  const models = await hold(page, /\/models\?/)
  await page.goto(`${server.url}/runs/${run.id}?tab=context#key=${server.apiKey}`)
  await Promise.all([timeline.asked, models.asked])
  await page.getByText('Tokens out').waitFor()
  assert.equal(await page.getByText('Nothing is kept of what the model was sent').count(), 0)
  assert.equal(await page.getByText('no price known').count(), 0)
  timeline.release()
  models.release()
  await page.getByText('tokens sent').waitFor()
  await page.getByText('no price known').waitFor({ state: 'detached' })
})

test('an assistant that is written before the models are known has the first of them', options, async () => {
  await using server = await startTestServer({ models: { scripted: scripted([]) } })
  await using seen = await visit(server, { signedOut: true })
  const { page } = seen
  const models = await hold(page, /\/models\?/)
  await page.goto(`${server.url}/assistants/new#key=${server.apiKey}`)
  await page.getByLabel('Name').fill('Early')
  await models.asked
  const create = { name: 'Create' }
  await page.getByRole('button', { ...create, disabled: true }).waitFor()
  assert.equal(await page.getByText('Choose a model.').count(), 0)
  assert.equal(await page.getByText('The form has a fault').count(), 0)
  models.release()
  await page.getByRole('button', create).click()
  await page.getByRole('heading', { name: 'Early' }).waitFor()
  const [made] = (await server.client.beta.assistants.list()).data
  const [first] = (await server.client.models.list()).data
  assert.deepEqual([made?.name, made?.model], ['Early', first?.id])
})

/** As a program elsewhere would. */
async function answerAll({ client }: TestServer, thread_id: string): Promise<void> {
  for (const { id, required_action } of (await client.beta.threads.runs.list(thread_id)).data) {
    const tool_outputs = required_action!.submit_tool_outputs.tool_calls.map((call) => ({
      tool_call_id: call.id,
      output: 'rain',
    }))
    await client.beta.threads.runs.submitToolOutputsAndPoll(
      id,
      { thread_id, tool_outputs },
      { pollIntervalMs: 20 },
    )
  }
}

/** Keeps such requests of a page until they are released; the server answers them then. */
async function hold(page: Page, address: RegExp, change = (body: string) => body) {
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  await page.route(address, async (route) => {
    if (route.request().method() !== 'GET') return route.fallback()
    asked.resolve()
    await gate.promise
    const response = await route.fetch()
    await route.fulfill({ response, body: change(await response.text()) })
    answered.resolve()
  })
  return { asked: asked.promise, release: gate.resolve, answered: answered.promise }
}
