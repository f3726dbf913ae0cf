import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { assertAccessible, assertBecomes, closeBrowser, visit, withoutBrowser } from './browser.ts'
import { startRoom, type Room } from './room-fixture.ts'

/** An element of the page, whose types the tests do not have. */
interface HasAttributes {
  getAttribute(name: string): string | null
}

describe('the threads of the console', { skip: withoutBrowser }, () => {
  let room: Room
  let chair: string
  let other: string
  before(async () => {
    room = await startRoom()
    const { threads } = room.client.beta
    chair = (await threads.create({ metadata: { customer: 'acme' } })).id
    await room.ask(chair, 'What is your refund policy for a chair?')
    await room.ask(chair, 'Please fail.')
    other = (await threads.create()).id
    await room.ask(other, 'Be hostile.')
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  test('a thread is found by words as one types, by metadata and by state, and the search is in the address', async () => {
    await using seen = await visit(room, { at: 'threads' })
    const { page } = seen
    const table = page.getByRole('table', { name: 'Threads' })
    await table.getByRole('link', { name: 'Be hostile.' }).waitFor()
    await page.getByRole('textbox', { name: 'Find threads' }).fill('refund CHAIR')
    await table.getByRole('link', { name: 'Be hostile.' }).waitFor({ state: 'detached' })
    await table.locator('mark', { hasText: 'chair' }).waitFor()
    await page.waitForURL(/query=refund\+CHAIR/)
    await page.getByRole('textbox', { name: 'Find threads' }).fill('')
    await table.getByRole('link', { name: 'Be hostile.' }).waitFor()
    await page.getByRole('textbox', { name: 'Metadata' }).fill('customer=acme')
    await table.getByRole('link', { name: 'Be hostile.' }).waitFor({ state: 'detached' })
    await page.getByRole('textbox', { name: 'Metadata' }).fill('customer=nobody')
    await page.getByText('No thread is like this').waitFor()
  })

  test('a list is turned round by the head of a column, in its address, and nothing counts that as a filter', async () => {
    await using seen = await visit(room, { at: 'threads' })
    const { page } = seen
    const first = page.getByRole('table', { name: 'Threads' }).locator('tbody').getByRole('row').first()
    await first.getByText('Be hostile.').waitFor()
    const created = page.getByRole('columnheader', { name: 'Created' })
    assert.equal(await created.getAttribute('aria-sort'), 'descending')
    await created.getByRole('button').press('Enter')
    await first.getByText('What is your refund policy').waitFor()
    await page.waitForURL(/order=asc/)
    await assertBecomes(() => created.getAttribute('aria-sort'), 'ascending')
    assert.equal(await page.getByRole('button', { name: 'Clear filters' }).count(), 0)
    await assertAccessible(page)
  })

  test('a conversation shows what happened between its messages, and the run that wrote none', async () => {
    await using seen = await visit(room, { at: 'threads' })
    const { page } = seen
    await page.getByRole('link', { name: 'What is your refund policy for a chair?' }).click()
    const messages = page.getByRole('list', { name: 'Messages' })
    await messages.getByText('File search').click()
    await messages.getByText('refunds.md', { exact: true }).waitFor()
    await messages.getByText('This is the answer.').waitFor()
    await messages.getByRole('article', { name: 'Run without a message: failed' }).waitFor()
    await messages.getByText('This model takes no pictures.').waitFor()
    await page.getByText('Newest first').click()
    await page.waitForURL(/order=desc/)
    const first = messages.getByRole('article').first()
    await assertBecomes(() => first.getAttribute('aria-label'), 'Run without a message: failed')
  })

  test('a hostile answer does nothing: no script, no picture, no address but of the web', async () => {
    await using seen = await visit(room, { at: `threads/${other}` })
    const { page } = seen
    const messages = page.getByRole('list', { name: 'Messages' })
    await messages.getByText('hostile', { exact: true }).waitFor()
    assert.equal(await messages.locator('img, iframe, script').count(), 0)
    const links = await messages
      .locator('article a[target]')
      .evaluateAll((all: HasAttributes[]) =>
        all.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]),
      )
    assert.deepEqual(
      links.map(([href]) => href),
      ['https://leak.invalid/picture.png?what=was-said', 'https://example.com/'],
    )
    assert.ok(links.every(([, rel]) => rel?.includes('noopener') && rel.includes('noreferrer')))
    assert.doesNotMatch(await page.title(), /taken/)
  })

  test('deleting says how much goes, and exporting keeps all of it as objects of the API', async () => {
    const { id } = await room.client.beta.threads.create()
    await room.ask(id, 'Hello')
    await using seen = await visit(room, { at: `threads/${id}` })
    const { page } = seen
    const coming = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export as JSON' }).click()
    const file = await coming
    assert.equal(file.suggestedFilename(), `${id}.json`)
    const { data } = JSON.parse(readFileSync(await file.path(), 'utf8')) as { data: { object: string }[] }
    assert.deepEqual(
      data.map(({ object }) => object),
      ['thread', 'thread.message', 'thread.message', 'thread.run', 'thread.run.step'],
    )
    await page.getByRole('button', { name: 'Delete thread' }).click()
    await page.getByRole('dialog').getByText('2 messages').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete thread' }).click()
    await page.waitForURL(`${room.url}/threads`)
    await assert.rejects(room.client.beta.threads.retrieve(id), { status: 404 })
  })

  test('a thread of 300 messages is in the page in part only, and its end is one click away', async () => {
    const text = (at: number) => ({ role: 'user' as const, content: `Number ${at} of many` })
    const { id } = await room.client.beta.threads.create({
      messages: Array.from({ length: 300 }, (_, at) => text(at)),
    })
    await using seen = await visit(room, { at: `threads/${id}` })
    const { page } = seen
    const messages = page.getByRole('list', { name: 'Messages' })
    await messages.getByText('Number 0 of many').waitFor()
    assert.ok((await messages.getByRole('article').count()) < 50)
    await page.getByText('Newest first').click()
    await messages.getByText('Number 299 of many').waitFor()
    await page.mouse.move(640, 500)
    await page.mouse.wheel(0, 30_000)
    await messages
      .getByText(/^Number 2[0-4]\d of many$/)
      .first()
      .waitFor()
  })

  test('an answer of a megabyte is in the page in part only, and its end is one key away', async () => {
    const piece = 'Many words are in this long answer.\n\n'
    const whole = `${piece.repeat(250_000 / piece.length)}The end.`
    const { id } = await room.client.beta.threads.create({
      messages: [
        { role: 'assistant', content: Array.from({ length: 4 }, () => ({ type: 'text', text: whole })) },
      ],
    })
    await using seen = await visit(room, { at: `threads/${id}` })
    const { page } = seen
    await page.getByText('Many words are in this long answer.').first().waitFor()
    assert.ok((await page.getByRole('list', { name: 'Messages' }).innerText()).length < 100_000)
    // Places that have not been seen are guessed, so that the end may be a little further.
    const end = page.getByText('The end.').last()
    while (!(await end.isVisible())) await page.keyboard.press('End')
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds nothing on the pages of threads in the ${scheme} scheme`, async () => {
      await using seen = await visit(room, { at: 'threads', scheme })
      const { page } = seen
      await page.getByRole('link', { name: 'Be hostile.' }).waitFor()
      await assertAccessible(page)
      for (const [at, words] of [
        [chair, 'This is the answer.'],
        [`${chair}?tab=files`, 'No files'],
        [`${chair}?tab=python`, 'No Python was run here'],
      ] as const) {
        await page.goto(`${room.url}/threads/${at}`)
        await page.getByText(words).first().waitFor()
        await assertAccessible(page)
      }
    })
})
