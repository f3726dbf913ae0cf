import assert from 'node:assert/strict'
import { after, test } from 'node:test'
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

test(
  'an assistant is made with a function whose faults are shown, changed, duplicated and deleted',
  options,
  async () => {
    await using server = await startTestServer()
    await using seen = await visit(server, { at: 'assistants' })
    const { page } = seen
    await page.getByText('No assistants yet').waitFor()
    await assertAccessible(page)
    await page.getByRole('link', { name: 'New assistant' }).click()
    await page.getByLabel('Name').fill('Tutor')
    await page.getByLabel('Instructions').fill('Be kind.')
    await page.getByLabel('Code interpreter').check()
    await page.getByRole('button', { name: 'Add function' }).click()
    await page.getByRole('menuitem', { name: 'Empty function' }).click()
    const editor = page.getByRole('textbox', { name: 'Definition of my_function' })
    const definition = await editor.innerText()
    await editor.fill('{ "name": "my_function", ')
    await page.getByText(/This is no JSON: .* line 1, column \d+\./).waitFor()
    await page.getByRole('button', { name: 'Create', disabled: true }).waitFor()
    await editor.fill(definition.replace('"required": []', '"required": ["city"]'))
    await page.getByText('"required" has "city", which is not in "properties"').waitFor()
    await assertBecomes(() => page.locator('.cm-lintRange-error').allInnerTexts(), ['"city"'])
    await editor.fill(definition)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Tutor' }).waitFor()
    await assertAccessible(page)

    await page.getByLabel('Instructions').fill('Be kinder.')
    await page.getByText('"instructions": "Be kinder."').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Discard' }).waitFor({ state: 'hidden' })
    const [made] = (await server.client.beta.assistants.list()).data
    assert.equal(made?.instructions, 'Be kinder.')
    assert.deepEqual(
      made.tools.map((tool) => (tool.type === 'function' ? tool.function.name : tool.type)),
      ['code_interpreter', 'my_function'],
    )

    await page.getByRole('button', { name: 'More for Tutor' }).click()
    await page.getByRole('menuitem', { name: 'Duplicate' }).click()
    await page.getByRole('heading', { name: 'Tutor (copy)' }).waitFor()
    await page.getByRole('button', { name: 'More for Tutor (copy)' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('Its threads, files and vector stores stay.').waitFor()
    await page.getByRole('button', { name: 'Delete the assistant' }).click()
    await page.getByRole('link', { name: 'Tutor', exact: true }).waitFor()
    assert.equal((await server.client.beta.assistants.list()).data.length, 1)
  },
)

for (const scheme of ['light', 'dark'] as const)
  test(
    `the editor of a function says what "strict" asks for, and what the server refuses, at its place (${scheme})`,
    options,
    async () => {
      await using server = await startTestServer()
      await using seen = await visit(server, { at: 'assistants/new', scheme })
      const { page } = seen
      for (let times = 0; times < 2; times++) {
        await page.getByRole('button', { name: 'Add function' }).click()
        await page.getByRole('menuitem', { name: 'Example: get_weather' }).click()
      }
      const editor = page.getByRole('textbox', { name: 'Definition of get_weather' })
      await editor.waitFor()
      await page.getByRole('button', { name: 'Create' }).click()
      const refusal = page.getByRole('button', { name: "Invalid 'tools[1]': there is another tool named" })
      await refusal.waitFor()
      await refusal.click()
      await page.locator('[role=textbox]:focus').waitFor()
      const other = (await editor.innerText()).replace('get_weather', 'get_wind')
      await editor.fill(other.replace('{', '{ "strict": true,'))
      const wind = page.getByRole('list', { name: 'Problems of Definition of get_wind' })
      await wind.getByText('providers want "additionalProperties": false').waitFor()
      await wind.getByText('providers want "unit" in "required"').waitFor()
      await refusal.waitFor({ state: 'hidden' })
      await assertAccessible(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Tab')
      await wind.locator('button:focus').waitFor()
      await page.getByRole('button', { name: 'Create' }).click()
      await page.waitForURL(/assistants\/asst_/)
    },
  )

test('assistants are found by words, and one leads to the threads that used it', options, async () => {
  await using server = await startTestServer()
  const { assistants, threads } = server.client.beta
  const tutor = await assistants.create({ model: 'demo', name: 'Math tutor' })
  await assistants.create({ model: 'demo', name: 'Chef' })
  await threads.createAndRunPoll({
    assistant_id: tutor.id,
    thread: { messages: [{ role: 'user', content: 'What is 2 + 2?' }] },
  })
  await using seen = await visit(server, { at: 'assistants', scheme: 'dark' })
  const { page } = seen
  await page.getByRole('link', { name: 'Chef' }).waitFor()
  await page.getByLabel('Find assistants').fill('tutor')
  await page.getByRole('link', { name: 'Chef' }).waitFor({ state: 'hidden' })
  await assertAccessible(page)
  await page.getByRole('link', { name: 'Math tutor' }).click()
  await page.getByRole('tab', { name: 'Threads' }).click()
  await page.getByRole('link', { name: 'What is 2 + 2?' }).waitFor()
  await assertAccessible(page)
})
