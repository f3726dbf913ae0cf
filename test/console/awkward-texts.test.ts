import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toFile } from 'openai'
import type { Page } from 'playwright-core'
import { scripted } from '../../src/models/scripted.ts'
import type { TestServer } from '../server.ts'
import { closeBrowser, startTestServer, visit, withoutBrowser } from './browser.ts'

/** A word that no line breaks, a text from right to left that no column has place for, and one of which nothing is seen. */
const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikant'.repeat(4)
const rightToLeft = 'أولاً ثم سؤال طويل جداً عن موعد وصول الطلب التالي إلى المستودع الرئيسي في المدينة '.repeat(
  2,
)
const unseen = '\u200b'

describe('texts that no page was made for', { skip: withoutBrowser }, () => {
  let server: TestServer
  let failed: string
  let thread: string
  let empty: string
  before(async () => {
    const model = scripted((prompt) =>
      JSON.stringify(prompt).includes('fail')
        ? { error: { status: 400, message: `Refused: ${long}` } }
        : { text: 'Yes.', usage: { input: 12_345_678, output: 9 } },
    )
    server = await startTestServer({ models: { scripted: model, [long.slice(0, 120)]: model } })
    const { beta, files, responses, vectorStores } = server.client
    failed = (await responses.create({ model: 'scripted', input: 'Please fail.' })).id
    for (const content of [unseen, rightToLeft]) {
      await responses.create({ model: 'scripted', input: content })
      thread = (await beta.threads.create({ messages: [{ role: 'user', content }] })).id
    }
    for (const name of [' ', '', rightToLeft]) {
      await vectorStores.create({ name })
      await beta.assistants.create({ model: 'scripted', name })
    }
    await files.create({ file: await toFile(Buffer.from('x'), `${rightToLeft}.txt`), purpose: 'assistants' })
    empty = (await files.create({ file: await toFile(Buffer.from(''), 'empty.txt'), purpose: 'assistants' }))
      .id
  })
  after(async () => {
    await closeBrowser()
    await server[Symbol.asyncDispose]()
  })

  test('are broken where they have to be: no page is wider than its window', async () => {
    await using seen = await visit(server, { at: 'models', size: { width: 360, height: 740 } })
    const { page } = seen
    const isWide = () => page.evaluate('document.documentElement.scrollWidth > innerWidth')
    await page.getByRole('listitem').getByText(long.slice(0, 120)).waitFor()
    assert.equal(await isWide(), false)
    await page.goto(`${server.url}/responses/${failed}`)
    await page.getByRole('region', { name: /^Failed/ }).waitFor()
    assert.equal(await isWide(), false)
  })

  test('have something else in their place where nothing can be seen of them', async () => {
    await using seen = await visit(server)
    const { page } = seen
    for (const room of ['threads', 'conversations', 'responses', 'stores', 'assistants']) {
      await page.goto(`${server.url}/${room}`)
      const links = page.getByRole('table').locator('tbody td a')
      await links.nth(1).waitFor()
      for (const name of await links.allInnerTexts()) assert.match(name, /[\p{L}\p{N}]/u, room)
    }
  })

  test('are cut at their end and not at their beginning, also from right to left', async () => {
    await using seen = await visit(server, { size: { width: 390, height: 740 } })
    const { page } = seen
    for (const room of ['threads', 'conversations', 'responses', 'stores', 'assistants', 'files']) {
      await page.goto(`${server.url}/${room}`)
      await page.getByRole('table').getByText(rightToLeft.slice(0, 20)).first().waitFor()
      assert.equal(await beginsInSight(page, rightToLeft.slice(0, 20)), true, room)
    }
  })

  test('show the words that were looked for in them', async () => {
    await using seen = await visit(server)
    const { page } = seen
    for (const room of ['threads', 'responses']) {
      await page.goto(`${server.url}/${room}?query=سؤال`)
      await page.locator('mark').first().waitFor()
      assert.equal(await beginsInSight(page, 'سؤال'), true, room)
    }
  })

  test('a number of many tokens is shown whole', async () => {
    await using seen = await visit(server, { at: 'responses' })
    const { page } = seen
    const cell = page.getByRole('table').getByRole('cell', { name: '12,345,687' }).first()
    await cell.waitFor()
    assert.equal(
      await cell.evaluate((one: unknown) => {
        const { scrollWidth, clientWidth } = one as { scrollWidth: number; clientWidth: number }
        return scrollWidth <= clientWidth
      }),
      true,
    )
  })

  test('a thread without a text that can be seen has a heading, and an empty file says that it is empty', async () => {
    const [first] = (await server.client.get<{ data: { id: string }[] }>('/threads?order=asc')).data
    assert.ok(first && first.id !== thread)
    await using seen = await visit(server, { at: `threads/${first.id}` })
    const { page } = seen
    await page.getByRole('heading', { name: 'Thread without text', level: 1 }).waitFor()
    await page.goto(`${server.url}/files/${empty}`)
    await page.getByText('The file is empty.').waitFor()
  })
})

/** Whether the first letter of the text lies within what cuts it: its element, and the cell of the table. */
const beginsInSight = (page: Page, beginning: string): Promise<unknown> =>
  page.evaluate(`(() => {
    const walker = document.createTreeWalker(document.querySelector('tbody'), NodeFilter.SHOW_TEXT)
    while (walker.nextNode() && !walker.currentNode.data.startsWith(${JSON.stringify(beginning)}));
    const letter = document.createRange()
    letter.setStart(walker.currentNode, 0)
    letter.setEnd(walker.currentNode, 1)
    const at = letter.getBoundingClientRect()
    const within = (element) => {
      const box = element.getBoundingClientRect()
      return at.left >= box.left - 1 && at.right <= box.right + 1
    }
    const { parentElement } = walker.currentNode
    return within(parentElement.closest('td')) && within(parentElement.closest('[dir=auto]'))
  })()`)
