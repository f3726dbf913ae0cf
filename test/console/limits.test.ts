import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createBudgetFixture } from '../budgets.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)
const options = { skip: withoutBrowser }

/** The page of the default project as an admin key opens it, and what the administration API says of the project. */
async function openProject(tab: string) {
  const s = await createBudgetFixture()
  const seen = await visit({ url: s.url, apiKey: s.server.adminKey }, { at: `projects/default?tab=${tab}` })
  return {
    ...seen,
    organization: s.organization,
    async ask(path: string): Promise<Record<string, unknown>> {
      const headers = { authorization: `Bearer ${s.server.adminKey}` }
      const answer = await fetch(`${s.url}/v1/organization/projects/default${path}`, { headers })
      return (await answer.json()) as Record<string, unknown>
    },
    async [Symbol.asyncDispose]() {
      await seen[Symbol.asyncDispose]()
      await s[Symbol.asyncDispose]()
    },
  }
}

test('the limits of a project are seen, set and taken away, by keyboard', options, async () => {
  await using seen = await openProject('limits')
  const { page, ask } = seen
  await page.getByLabel('Runs at the same time').fill('50')
  await page.getByLabel('Files').pressSequentially('2.5')
  await page.keyboard.press('Enter')
  await page.getByText('The limits are in force').waitFor()
  await page.getByRole('button', { name: 'Save the limits', disabled: true }).waitFor()
  const { max_concurrent_runs, max_file_bytes, max_requests_per_1_minute } = await ask('/limits')
  assert.deepEqual([max_concurrent_runs, max_file_bytes, max_requests_per_1_minute], [50, 2_500_000, null])
  await assertAccessibleInBoth(page)
  await page.reload()
  assert.equal(await page.getByLabel('Files').inputValue(), '2.5 MB')
  await page.getByLabel('Files').fill('')
  await page.keyboard.press('Enter')
  await page.getByText('The limits are in force').waitFor()
  assert.equal((await ask('/limits'))['max_file_bytes'], null)
})

test('a model has limits of a minute, which are set and taken away in a dialog', options, async () => {
  await using seen = await openProject('limits')
  const { page, organization } = seen
  const limitOf = async (model: string) =>
    (await organization.projects.rateLimits.listRateLimits('default')).data.find((one) => one.model === model)
  const row = page.getByRole('row', { name: /^priced/ })
  const change = row.getByRole('button', { name: 'Change the limits of priced' })
  await change.press('Enter')
  await page.getByRole('dialog').getByLabel('Tokens').fill('200000')
  await page.keyboard.press('Enter')
  await row.getByText('200,000').waitFor()
  assert.equal((await limitOf('priced'))?.max_tokens_per_1_minute, 200_000)
  await change.click()
  await assertAccessibleInBoth(page)
  await page.getByRole('dialog').getByLabel('Tokens').fill('')
  await page.keyboard.press('Enter')
  await row.getByText('200,000').waitFor({ state: 'detached' })
  assert.equal((await limitOf('priced'))?.max_tokens_per_1_minute, 2_147_483_647)
})

test('a key has limits of its own, and is given an end; that of the settings has none', options, async () => {
  await using seen = await openProject('keys')
  const { page, organization, ask } = seen
  const { projects } = organization
  const account = await projects.serviceAccounts.create('default', {
    name: 'production',
    create_service_account_only: true,
  })
  const { id } = await projects.serviceAccounts.apiKeys.create(account.id, {
    project_id: 'default',
    name: 'production',
  })
  await page.reload()
  await page.getByRole('button', { name: 'Change the key production' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Requests a minute').fill('600')
  await dialog.getByLabel('Expires after days').fill('90')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  assert.equal((await ask(`/api_keys/${id}/limits`))['max_requests_per_1_minute'], 600)
  const expires = (await ask(`/api_keys/${id}`))['expires_at'] as number
  assert.ok(Math.abs(expires - Date.now() / 1_000 - 90 * 86_400) < 600)
  await page.getByRole('button', { name: 'Change the key THREADMILL_API_KEY' }).click()
  await dialog.getByLabel('Requests a minute').waitFor()
  assert.equal(await dialog.getByLabel('Expires after days').count(), 0)
  await assertAccessibleInBoth(page)
})

test('budgets are made, changed and removed: in tokens, in money, and as an alert', options, async () => {
  await using seen = await openProject('budgets')
  const { page, organization, ask } = seen
  await page.getByRole('heading', { name: 'No budgets yet' }).waitFor()
  await assertAccessibleInBoth(page)
  const make = async (fill: () => Promise<unknown>) => {
    await page.getByRole('button', { name: 'New budget' }).click()
    await fill()
    await page.getByRole('button', { name: 'Make the budget' }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  const dialog = page.getByRole('dialog')
  await make(async () => {
    await dialog.getByRole('combobox', { name: 'For' }).click()
    await page.getByRole('option', { name: 'each run' }).click()
    await dialog.getByLabel('Tokens, read and written together').fill('200000')
  })
  await make(async () => {
    await dialog.getByText('Money', { exact: true }).click()
    await assertAccessibleInBoth(page)
    await dialog.getByLabel('Amount').fill('50')
  })
  await make(async () => {
    await dialog.getByText('Money', { exact: true }).click()
    await dialog.getByLabel('Amount').fill('40.5')
    await dialog.getByRole('combobox', { name: 'Then' }).click()
    await page.getByRole('option', { name: 'an alert is sent' }).click()
  })
  const table = page.getByRole('table', { name: 'Budgets' })
  for (const words of [/^\$50\.00 a month/, /^\$40\.50 a month an alert/, /^200,000 tokens each run/])
    await table.getByRole('row', { name: words }).waitFor()
  assert.equal((await organization.projects.spendLimit.retrieve('default')).threshold_amount, 5_000)
  const [alert] = (await organization.projects.spendAlerts.list('default')).data
  assert.equal(alert?.threshold_amount, 4_050)

  const ofRun = table.getByRole('row', { name: /tokens each run/ })
  await ofRun.getByRole('button', { name: 'Change' }).click()
  await dialog.getByLabel('Tokens, read and written together').fill('300000')
  await page.keyboard.press('Enter')
  await ofRun.getByText('300,000 tokens').waitFor()
  await ofRun.getByRole('button', { name: 'Remove' }).click()
  await dialog.getByText('Nothing stops any more at 300,000 tokens each run.').waitFor()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await ofRun.waitFor({ state: 'detached' })
  assert.deepEqual((await ask('/budgets'))['data'], [])
  await assertAccessibleInBoth(page)
})

test(
  'what the server refuses of a budget is said where it was asked, and the organization has budgets',
  options,
  async () => {
    await using seen = await openProject('budgets')
    const { page, organization } = seen
    await page.getByRole('link', { name: 'Budgets' }).click()
    await page.getByRole('button', { name: 'New budget' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Currency').fill('EUR')
    await dialog.getByLabel('Amount').fill('100')
    await page.keyboard.press('Enter')
    await dialog.getByRole('alert').getByText(/USD/).waitFor()
    await dialog.getByLabel('Currency').fill('usd')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /^\$100\.00 a month/ }).waitFor()
    assert.equal((await organization.spendLimit.retrieve()).threshold_amount, 10_000)
  },
)
