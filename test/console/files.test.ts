import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { toFile } from 'openai'
import type OpenAI from 'openai'
import { pdf } from '../../src/search/extract/made-files.test.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)

const options = { skip: withoutBrowser }

const upload = async (client: OpenAI, name: string, content: string | Buffer) =>
  client.files.create({ purpose: 'assistants', file: await toFile(Buffer.from(content), name) })

const given = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

test('dropped files are uploaded, and each that fails says why and can be tried again', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server, { at: 'files' })
  const { page } = visitor
  await page.getByRole('heading', { name: 'No files yet' }).waitFor()
  let refused = 0
  await page.route('**/v1/files', async (route) => {
    const isUpload = route.request().method() === 'POST'
    if (!isUpload || !route.request().postData()?.includes('second.txt') || refused++ > 0)
      return route.continue()
    return route.fulfill({ status: 507, json: { error: { message: 'The disk is full.' } } })
  })
  const names = ['first.txt', 'second.txt', 'third.txt', 'fourth.txt', 'fifth.txt']
  await page.locator('input[type=file]').setInputFiles(names.map((name) => given(name, `This is ${name}.`)))
  await page.getByText('4 of 5 uploaded · 1 failed').waitFor()
  await page.getByText('The disk is full.').waitFor()
  await page.getByRole('button', { name: 'Try second.txt again' }).click()
  await page.getByText('5 of 5 uploaded').waitFor()
  await page.getByRole('table', { name: 'Files' }).getByRole('link', { name: 'second.txt' }).waitFor()
  const { data } = await server.client.files.list()
  assert.deepEqual(data.map(({ filename }) => filename).toSorted(), names.toSorted())
})

test(
  'an upload can be stopped, and what the server would refuse is said before it is sent',
  options,
  async () => {
    await using server = await startTestServer()
    await using visitor = await visit(server, { at: 'files' })
    const { page } = visitor
    const held = Promise.withResolvers<void>()
    await page.route('**/v1/files', async (route) => {
      if (route.request().method() === 'POST') await held.promise
      await route.continue().catch(() => {})
    })
    const long = `${'n'.repeat(600)}.txt`
    await page.locator('input[type=file]').setInputFiles([given('slow.txt', 'slow'), given(long, 'x')])
    await page.getByText('Its name is longer than 512 characters.').waitFor()
    await page.getByRole('button', { name: 'Stop slow.txt' }).click()
    await page.getByText('Stopped.').waitFor()
    held.resolve()
    await page.getByText('0 of 2 uploaded · 2 failed').waitFor()
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
    assert.deepEqual((await server.client.files.list()).data, [])
  },
)

test('files are found by name and purpose, and the address keeps what was asked', options, async () => {
  await using server = await startTestServer()
  await upload(server.client, 'report of mills.txt', 'a')
  await upload(server.client, 'other.txt', 'b')
  const long = `${'very long '.repeat(40)}.txt`
  await upload(server.client, long, 'c')
  {
    await using visitor = await visit(server, { at: 'files', size: { width: 390, height: 800 } })
    const { page } = visitor
    await page.getByRole('link', { name: long }).waitFor()
    assert.ok(
      await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
      'nothing is wider than the screen',
    )
    await assertAccessibleInBoth(page)
    await page.getByLabel('Find files by name or id').fill('mills')
    await page.getByRole('link', { name: 'other.txt' }).waitFor({ state: 'detached' })
    await page.waitForURL(/\?query=mills$/)
    await page.reload()
    await page.getByRole('link', { name: 'report of mills.txt' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'other.txt' }).count(), 0)
  }
})

test(
  'a file is shown as text or as a picture and never as a page, and deleted after a question',
  options,
  async () => {
    await using server = await startTestServer()
    const hostile = '<script>window.harmed = true</script><img src="https://elsewhere.example/x.png">'
    const html = await upload(server.client, 'page.html', hostile)
    const dot =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
    const picture = await upload(server.client, 'dot.png', Buffer.from(dot, 'base64'))
    const store = await server.client.vectorStores.create({ name: 'Pages', file_ids: [html.id] })
    await using visitor = await visit(server, { at: `files/${html.id}` })
    const { page } = visitor
    await page.getByText(hostile).waitFor()
    assert.equal(await page.evaluate('"harmed" in window'), false)
    await page.getByRole('link', { name: 'Pages' }).waitFor()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    assert.equal((await saved).suggestedFilename(), 'page.html')

    await page.goto(`${server.url}/files/${picture.id}`)
    const shown = page.getByRole('img', { name: 'dot.png' })
    await shown.waitFor()
    assert.match((await shown.getAttribute('src')) ?? '', /^blob:/)
    await assertAccessibleInBoth(page)

    await page.getByRole('button', { name: 'Delete the file' }).click()
    await page.getByRole('dialog').getByText('dot.png (70 B) is destroyed').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the file' }).click()
    await page.getByRole('table', { name: 'Files' }).getByRole('link', { name: 'page.html' }).waitFor()
    await assert.rejects(server.client.files.retrieve(picture.id), { status: 404 })
    assert.equal((await server.client.vectorStores.retrieve(store.id)).name, 'Pages')
  },
)

test('a store is made by keyboard, filled by a drop, and says why a file failed', options, async () => {
  await using server = await startTestServer()
  await upload(server.client, 'here already.md', '# Here already')
  await using visitor = await visit(server, { at: 'stores' })
  const { page } = visitor
  await page.getByRole('heading', { name: 'No vector stores yet' }).waitFor()
  await page.getByRole('button', { name: 'New vector store' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByLabel('Name').fill('Handbooks')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Handbooks' }).waitFor()

  await page.getByRole('button', { name: 'Add files' }).click()
  const drawer = page.getByRole('dialog', { name: 'Add files to the store' })
  await drawer.getByText('Own sizes').click()
  await drawer.getByLabel('At most, in tokens').fill('200')
  await drawer.getByLabel('Shared with the next').fill('50')
  await drawer.getByRole('button', { name: 'Add a pair' }).click()
  await drawer.getByLabel('Attributes: name 1').fill('year')
  await drawer.getByLabel('Attributes: value 1').fill('2024')
  await drawer
    .locator('input[type=file]')
    .setInputFiles([given('mill.txt', 'The mill turns.'), given('broken.pdf', '%PDF-1.4 and no more')])
  await drawer.getByText('2 of 2 uploaded').waitFor()
  await drawer.getByLabel('Files that are here already').first().click()
  await page.getByRole('option', { name: 'here already.md' }).click()
  await page.keyboard.press('Tab')
  await drawer.getByRole('button', { name: 'Add the file' }).click()
  await drawer.getByRole('button', { name: 'Done' }).click()
  await page.getByText('2 of 3 done · 1 failed').waitFor()
  const table = page.getByRole('table', { name: 'Files of the vector store' })
  await table.getByRole('row').filter({ hasText: 'broken.pdf' }).getByText('failed').waitFor()
  await table.getByText(/could not be parsed|damaged/).waitFor()
  await assertAccessibleInBoth(page)

  const [{ id: storeId } = { id: '' }] = (await server.client.vectorStores.list()).data
  const { data } = await server.client.vectorStores.files.list(storeId, { filter: 'completed' })
  assert.deepEqual(
    data.map(({ attributes }) => attributes),
    [{ year: 2024 }, { year: 2024 }],
  )
  assert.deepEqual(
    data.map(({ chunking_strategy: cut }) => cut?.type === 'static' && cut.static.max_chunk_size_tokens),
    [200, 200],
  )
})

test('a file that was taken out of a store by mistake is put back as it was', options, async () => {
  await using server = await startTestServer()
  const { vectorStores } = server.client
  const { id } = await vectorStores.create({ name: 'Rules' })
  const file = await upload(server.client, 'rules.txt', 'Quiet hours last all day.')
  await vectorStores.files.createAndPoll(id, { file_id: file.id, attributes: { floor: 2 } })
  await using visitor = await visit(server, { at: `stores/${id}` })
  const { page } = visitor
  await page.getByRole('button', { name: 'Take out of this store' }).click()
  await page.getByRole('heading', { name: 'No files in this store yet' }).waitFor()
  await page.getByRole('button', { name: 'Put it back' }).click()
  await page.getByRole('table').getByRole('link', { name: 'rules.txt' }).waitFor()
  const attributes = async () =>
    (await vectorStores.files.retrieve(file.id, { vector_store_id: id })).attributes
  assert.deepEqual(await attributes(), { floor: 2 })

  // A phone has no room for the button in the list, so the page of the file has it too.
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('table').getByRole('link', { name: 'rules.txt' }).click()
  await page.getByRole('button', { name: 'Take out of this store' }).click()
  await page.getByRole('heading', { name: 'No files in this store yet' }).waitFor()
  await page.getByRole('button', { name: 'Put it back' }).click()
  await page.getByRole('table').getByRole('link', { name: 'rules.txt' }).waitFor()
  assert.deepEqual(await attributes(), { floor: 2 })
})

test('the search bench says why, and a result leads to its passage on the page', options, async () => {
  await using server = await startTestServer()
  const { client } = server
  const line = (text: string, at: number): [number, number, string] => [72, 720 - at * 14, text]
  const pages = ['The mill turns in spring.', 'A refund is paid within fourteen days.'].map((text) => ({
    lines: [line(text, 0), line('Here the page goes on with another line.', 1)],
  }))
  const handbook = await upload(client, 'handbook.pdf', pdf(pages))
  const lines = Array.from({ length: 900 }, (_, at) => `Line ${at} of the notes about wheels.`)
  const notes = await upload(
    client,
    'notes.md',
    [...lines, 'The password of the cellar is Mehlwurm.'].join('\n'),
  )
  const store = await client.vectorStores.create({ name: 'Mills' })
  await client.vectorStores.files.createAndPoll(store.id, {
    file_id: handbook.id,
    attributes: { year: 2024 },
  })
  await client.vectorStores.files.createAndPoll(store.id, { file_id: notes.id })

  {
    await using visitor = await visit(server, { at: `stores/${store.id}/search` })
    const { page } = visitor
    await page.getByLabel('Query').fill('When is the refund paid?')
    await page.keyboard.press('Enter')
    const results = page.getByRole('region', { name: 'Results' })
    await results.getByRole('link', { name: 'handbook.pdf' }).first().waitFor()
    await results.getByText('words', { exact: true }).first().waitFor()
    await page.waitForURL(/q=When\+is\+the\+refund\+paid%3F$/)
    await assertAccessibleInBoth(page)

    await page.getByRole('button', { name: 'Add a condition' }).click()
    await page.getByLabel('Name of condition 1').fill('year')
    await page.getByLabel('Value of condition 1').fill('1999')
    await page.getByLabel('Value of condition 1').blur()
    await page.getByRole('heading', { name: 'Nothing was found' }).waitFor()
    await page.waitForURL(/where=year%3Aeq%3A1999/)
    await page.goBack()
    await page.goto(`${server.url}/stores/${store.id}/search?q=refund&where=year:gte:2024`)
    await results.getByRole('link', { name: 'handbook.pdf' }).click()
    const marks = page.locator('[data-mark]')
    await marks.first().waitFor()
    await page.getByRole('region', { name: 'handbook.pdf, page 2 of 2' }).waitFor()
    await assertAccessibleInBoth(page)
  }

  await using visitor = await visit(server, { at: `stores/${store.id}/search?q=Mehlwurm` })
  const { page } = visitor
  await page.getByRole('link', { name: 'notes.md' }).first().click()
  const mark = page.locator('mark').last()
  await mark.waitFor()
  await until(async () => (await page.locator('mark').allTextContents()).join('').includes('Mehlwurm'))
  // The page scrolls to the passage when it is there.
  await until(async () => ((await page.locator('mark').first().boundingBox())?.y ?? 800) < 800)
  await page.getByText('Passages', { exact: true }).click()
  await page.getByRole('link', { name: 'Passage 1', exact: true }).waitFor()
  await assertAccessibleInBoth(page)
})

test(
  'a PDF that cannot be drawn is shown as its text, with the reason and the passage marked',
  options,
  async () => {
    await using server = await startTestServer()
    const { client } = server
    const file = await upload(
      client,
      'rules.pdf',
      pdf([{ lines: [[72, 720, 'Refunds within thirty days.']] }]),
    )
    const store = await client.vectorStores.create({ name: 'Rules' })
    await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
    await using visitor = await visit(server, { at: 'status' })
    const { page } = visitor
    const broken = Buffer.from('%PDF-1.4 and no more')
    await page.route('**/v1/files/*/content', (route) => route.fulfill({ status: 200, body: broken }))
    await page.goto(`${server.url}/stores/${store.id}/files/${file.id}?start=0&end=7`)
    await page.getByText('It is damaged. This is the text that search has read in them.').waitFor()
    assert.equal(await page.locator('mark').textContent(), 'Refunds')
    await assertAccessibleInBoth(page)
  },
)

test('a file that is being worked on says how far it is, without a reload', options, async () => {
  await using server = await startTestServer()
  const { client } = server
  const store = await client.vectorStores.create({ name: 'Slow' })
  const file = await upload(client, 'slow.txt', 'Slow')
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  await using visitor = await visit(server, { at: 'status' })
  const { page } = visitor
  const reading = { stage: 'reading', chunks: null, embedded: null, reason: null, tries: 0, retry_at: null }
  let progress: object | undefined = reading
  await page.route('**/v1/vector_stores/*/files?*', async (route) => {
    const answer = await route.fetch()
    const list = await answer.json()
    if (progress) Object.assign(list.data[0], { status: 'in_progress', progress })
    await route.fulfill({ response: answer, json: list })
  })
  await page.goto(`${server.url}/stores/${store.id}`)
  const table = page.getByRole('table', { name: 'Files of the vector store' })
  // Each lasts until it has been seen.
  await table.getByText('reading').waitFor()
  progress = { ...reading, stage: 'embedding', chunks: 1_200, embedded: 64 }
  await table.getByText('embedding 64 of 1,200 passages').waitFor()
  progress = { ...reading, stage: 'waiting', reason: 'The files were away.', tries: 2 }
  await table.getByText('2 tries have ended: The files were away.').waitFor()
  progress = undefined
  await table.getByText('done').waitFor()
})
