import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startAgents, type Agents } from './agents-fixture.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

/** A picture of one point. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const hostile = 'javascript:alert(1)'

describe('items of tools that providers have', { skip: withoutBrowser }, () => {
  let room: Agents
  before(async () => {
    room = await startAgents()
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  test('a search shows its queries and safe links to its sources, a picture itself, and a computer what is to be done', async () => {
    const text = 'Sunny (a) today, or (b).'
    const cite = (mark: string, url: string) => ({
      type: 'url_citation' as const,
      url,
      title: `Title of ${mark}`,
      start_index: text.indexOf(mark),
      end_index: text.indexOf(mark) + mark.length,
    })
    const { id } = await room.client.conversations.create({
      items: [
        {
          type: 'web_search_call',
          id: 'ws_1',
          status: 'completed',
          action: {
            type: 'search',
            query: 'weather in Paris',
            queries: ['weather in Paris'],
            sources: [
              { type: 'url', url: 'https://example.com/a' },
              { type: 'url', url: hostile },
            ],
          },
        },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [
            {
              type: 'output_text',
              text,
              annotations: [cite('(a)', 'https://example.com/a'), cite('(b)', hostile)],
              logprobs: [],
            },
          ],
        },
        { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: png },
        {
          type: 'computer_call',
          id: 'cu_1',
          call_id: 'call_1',
          status: 'completed',
          actions: [{ type: 'click', button: 'left', x: 12, y: 34 }],
          pending_safety_checks: [{ id: 'sc_1', code: 'malicious_instructions', message: 'Look first.' }],
        } as never,
        {
          type: 'computer_call_output',
          call_id: 'call_1',
          output: { type: 'computer_screenshot', image_url: `data:image/png;base64,${png}` },
        },
      ],
    })
    await using seen = await visit(room, { at: `conversations/${id}` })
    const { page } = seen
    const isDrawn = (name: string) =>
      page.getByRole('img', { name }).evaluate((picture: { decode(): Promise<void> }) => picture.decode())
    await page.getByText('weather in Paris').click()
    const source = page.getByRole('list', { name: 'Sources' }).getByRole('link')
    await source.first().waitFor()
    assert.equal(await source.count(), 1)
    assert.deepEqual(
      [
        await source.getAttribute('href'),
        await source.getAttribute('rel'),
        await source.getAttribute('target'),
      ],
      ['https://example.com/a', 'noopener noreferrer', '_blank'],
    )
    await page.getByText(hostile).waitFor()
    const cited = page.getByRole('link', { name: 'Source 1: Title of (a)' })
    assert.equal(await cited.getAttribute('href'), 'https://example.com/a')
    assert.equal(await page.getByRole('link', { name: 'Source 2' }).count(), 0)
    assert.equal(await page.locator('[href^="javascript"]').count(), 0)
    await page.getByText('Picture', { exact: true }).click()
    await isDrawn('Picture that was generated')
    await page.getByText('click left 12 34').click()
    await page.getByRole('list', { name: 'Actions' }).getByText('click left 12 34').waitFor()
    await page.getByText('To be confirmed before').waitFor()
    await page.getByText('a screenshot').click()
    await isDrawn('Screenshot')
    const { width, height } = (await page.getByRole('img', { name: 'Screenshot' }).boundingBox())!
    assert.equal(width, height, 'a picture keeps its shape')
    await assertAccessibleInBoth(page)
  })

  test('a call of the computer is answered with a screenshot when what it warns of was seen to', async () => {
    const tools = [{ type: 'computer' as const }]
    const { id } = await room.client.responses.create({ model: 'scripted', input: 'Use the computer', tools })
    await using seen = await visit(room, { at: 'responses' })
    const { page } = seen
    const row = page.getByRole('row').filter({ hasText: 'waits for its caller' })
    await row.getByRole('link', { name: 'Use the computer' }).click()
    const form = page.getByRole('form', { name: 'Calls to answer' })
    await form.getByRole('list', { name: 'Actions' }).getByText('click left 12 34').waitFor()
    const send = { name: 'Send the screenshot' }
    const give = async (name: string, mimeType: string) => {
      const chosen = page.waitForEvent('filechooser')
      await form.getByRole('button', { name: /^Choose/ }).click()
      await (await chosen).setFiles({ name, mimeType, buffer: Buffer.from(png, 'base64') })
    }
    await give('notes.txt', 'text/plain')
    await form.getByText('notes.txt is no PNG, JPEG, GIF or WebP.').waitFor()
    await give('screen.png', 'image/png')
    await form.getByRole('img', { name: 'Screen of Computer' }).waitFor()
    await form.getByRole('button', { ...send, disabled: true }).waitFor()
    await form.getByRole('checkbox', { name: 'Seen to: Look first.' }).check()
    await assertAccessibleInBoth(page)
    await form.getByRole('button', send).click()
    await page.waitForURL((url) => !url.href.includes(id))
    await page.getByText('This is the answer.').first().waitFor()
    const next = page.url().split('/').at(-1) ?? ''
    const { data } = await room.client.responses.inputItems.list(next, {
      include: ['computer_call_output.output.image_url'],
    })
    const [answer] = data
    assert.ok(answer?.type === 'computer_call_output')
    assert.equal(answer.output.image_url, `data:image/png;base64,${png}`)
    assert.deepEqual(answer.acknowledged_safety_checks, [
      { id: 'sc_1', code: 'malicious_instructions', message: 'Look first.' },
    ])
  })

  test('a screenshot that is pasted answers a call in a conversation', async () => {
    const { id } = await room.client.conversations.create()
    const tools = [{ type: 'computer' as const }]
    await room.client.responses.create({
      model: 'scripted',
      conversation: id,
      input: 'Use the computer',
      tools,
    })
    await using seen = await visit(room, { at: `conversations/${id}` })
    const { page } = seen
    const form = page.getByRole('form', { name: 'Calls to answer' })
    await form.getByText('or paste one').waitFor()
    await page.evaluate(`{
      const data = new DataTransfer()
      const bytes = Uint8Array.from(atob('${png}'), (letter) => letter.charCodeAt(0))
      data.items.add(new File([bytes], 'screen.png', { type: 'image/png' }))
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      )
    }`)
    await form.getByRole('img', { name: 'Screen of Computer' }).waitFor()
    await form.getByRole('checkbox', { name: 'Seen to: Look first.' }).check()
    await form.getByRole('button', { name: 'Send the screenshot' }).click()
    await page.getByRole('list', { name: 'Items' }).getByText('This is the answer.').waitFor()
    await form.waitFor({ state: 'detached' })
  })
})
