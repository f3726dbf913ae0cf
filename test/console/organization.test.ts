import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { startTestServer } from '../server.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)
const options = { skip: withoutBrowser }

test(
  'an admin key opens projects and their keys, which are made, shown once and revoked',
  options,
  async () => {
    await using server = await startTestServer({ env: { THREADMILL_ADMIN_KEY: 'made-up-by-the-operator' } })
    await using seen = await visit(server, { signedOut: true })
    const { page } = seen
    await page.getByLabel('Key of the server').fill('made-up-by-the-operator')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    assert.deepEqual(await page.getByRole('navigation').getByRole('link').allTextContents(), [
      'Projects',
      'Admin keys',
      'Budgets',
      'Audit log',
      'Usage',
      'Health',
    ])
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Support bot')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Support bot', level: 1 }).waitFor()
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('production')
    await page.keyboard.press('Enter')
    const keys = page.getByRole('table', { name: 'Keys' })
    await keys.getByText('production').waitFor()
    const value = await page.getByText(/^sk-/).first().textContent()
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: value!, maxRetries: 0 })
    await client.beta.assistants.list()
    await assertAccessibleInBoth(page)

    await keys.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
    await assert.rejects(client.beta.assistants.list(), { status: 401 })

    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('table', { name: 'Audit log' }).getByText('api_key.deleted').waitFor()
    await assertAccessibleInBoth(page)
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
    await page.reload()
    await page.getByRole('link', { name: 'Admin keys' }).click()
    await page.getByRole('heading', { name: 'Admin keys', level: 1 }).waitFor()
    await assertAccessibleInBoth(page)
    // Servers are given this key at their start, and it is changed there alone.
    const ofSettings = page.getByRole('row', { name: /^THREADMILL_ADMIN_KEY/ })
    await ofSettings.getByText('in the settings').waitFor()
    assert.equal(await ofSettings.getByRole('button').count(), 0)
  },
)

test(
  'the palette of an admin key leads into its rooms, and to projects by name and by id',
  options,
  async () => {
    await using server = await startTestServer()
    const admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.server.adminKey })
    const { id } = await admin.admin.organization.projects.create({ name: 'Harbour bot' })
    await using seen = await visit({ url: server.url, apiKey: server.server.adminKey }, { at: 'audit-log' })
    const { page } = seen
    const palette = async (words: string, shown: string | RegExp) => {
      await page.getByRole('navigation').getByRole('link').first().waitFor()
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill(words)
      await page.getByRole('dialog').getByText(shown).waitFor()
      await page.keyboard.press('Enter')
    }
    await palette('harbour', 'Harbour bot')
    await page.waitForURL(`${server.url}/projects/${id}`)
    await palette('admin', 'Admin keys')
    await page.getByRole('heading', { name: 'Admin keys', level: 1 }).waitFor()
    await palette(id, `Open ${id}`)
    await page.getByRole('heading', { name: 'Harbour bot', level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill('run_abc123')
    await page.getByRole('dialog').getByText('Nothing has these words.').waitFor()
  },
)

test('a project is renamed', options, async () => {
  await using server = await startTestServer()
  const admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.server.adminKey })
  const { id } = await admin.admin.organization.projects.create({ name: 'Old bot' })
  await using seen = await visit(
    { url: server.url, apiKey: server.server.adminKey },
    { at: `projects/${id}` },
  )
  const { page } = seen
  await page.getByRole('button', { name: 'Rename' }).click()
  assert.equal(await page.getByRole('dialog').getByLabel('Name').inputValue(), 'Old bot')
  await page.getByRole('dialog').getByLabel('Name').fill('New bot')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'New bot', level: 1 }).waitFor()
  assert.equal((await admin.admin.organization.projects.retrieve(id)).name, 'New bot')
})

test('a project is archived after a question', options, async () => {
  await using server = await startTestServer()
  const admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.server.adminKey })
  const { id } = await admin.admin.organization.projects.create({ name: 'Old bot' })
  await using seen = await visit(
    { url: server.url, apiKey: server.server.adminKey },
    { at: `projects/${id}` },
  )
  const { page } = seen
  await page.getByRole('button', { name: 'Archive the project' }).click()
  await page.getByRole('dialog').getByText('runs that have begun come to their end').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Archive the project' }).click()
  await page.getByRole('table', { name: 'Projects' }).getByText('archived').waitFor()
  assert.equal((await admin.admin.organization.projects.retrieve(id)).status, 'archived')
})
