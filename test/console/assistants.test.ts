import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertAccessible, closeBrowser, startTestServer, visit, withoutBrowser } from './browser.ts'

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
    const editor = page.getByLabel('Definition of my_function')
    const definition = await editor.inputValue()
    await editor.fill('{ "name": "my_function", ')
    await page.getByText(/This is no JSON: .* line 1, column \d+\./).waitFor()
    assert.ok(await page.getByRole('button', { name: 'Create' }).isDisabled())
    await editor.fill(definition.replace('"required": []', '"required": ["city"]'))
    await page.getByText('requires "city", which is not in "properties"').waitFor()
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
