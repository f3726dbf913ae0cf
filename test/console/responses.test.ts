import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { until } from '../runs.ts'
import { createChain, startAgents, type Agents } from './agents-fixture.ts'
import {
  assertAccessible,
  assertAccessibleInBoth,
  assertBecomes,
  closeBrowser,
  visit,
  withoutBrowser,
} from './browser.ts'

/** A picture of one point. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('the rooms of the Responses API', { skip: withoutBrowser }, () => {
  let room: Agents
  let chain: Awaited<ReturnType<typeof createChain>>
  let conversation: string
  before(async () => {
    room = await startAgents()
    chain = await createChain(room)
    ;({ id: conversation } = await room.client.conversations.create({
      items: [{ role: 'developer', content: 'Be kind.' }],
    }))
    await room.client.responses.create({ model: 'scripted', conversation, input: 'Be hostile.' })
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  test('the list says what each was asked and where it forks, and is narrowed by an address that can be sent', async () => {
    await using seen = await visit(room, { at: 'responses' })
    const { page } = seen
    const row = (words: string) => page.getByRole('row').filter({ hasText: words })
    await row('forks into 2').waitFor()
    await row('Please fail.').getByText('This model takes no pictures.').waitFor()
    await row('Please fail.')
      .getByRole('button', { name: `Copy ${chain.failed.id}` })
      .waitFor()
    assert.equal(await page.title(), 'Responses · Threadmill')
    await page.getByRole('combobox', { name: 'Any state' }).click()
    await page.getByRole('option', { name: 'With errors' }).click()
    await row('forks into 2').waitFor({ state: 'detached' })
    await page.waitForURL(/[?&]status=failed/)
    await page.reload()
    await row('Please fail.').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await row('forks into 2').waitFor()
    await page.getByRole('combobox', { name: 'Any place in a chain' }).click()
    await page.getByRole('option', { name: 'Begins a chain' }).click()
    await row('forks into 2').waitFor({ state: 'detached' })
    await row('How is the weather in Paris?').waitFor()
    await assertAccessibleInBoth(page)
  })

  test('a response is found by words of its items as one types, and the search is in the address', async () => {
    await using seen = await visit(room, { at: 'responses' })
    const { page } = seen
    const table = page.getByRole('table', { name: 'Responses' })
    const row = (words: string) => table.getByRole('row').filter({ hasText: words })
    await row('Please fail.').waitFor()
    await page.getByRole('textbox', { name: 'Find responses' }).fill('PARIS weather')
    await row('Please fail.').waitFor({ state: 'detached' })
    await row('How is the weather in Paris?').locator('mark', { hasText: 'Paris' }).waitFor()
    await page.waitForURL(/query=PARIS\+weather/)
    await page.reload()
    await row('How is the weather in Paris?').locator('mark', { hasText: 'weather' }).waitFor()
    await page.getByRole('textbox', { name: 'Find responses' }).fill('sunny')
    await row('Without words of the user').locator('mark', { hasText: 'sunny' }).waitFor()
    await page.getByRole('textbox', { name: 'Find responses' }).fill('unheard-of')
    await page.getByText('No response is like this').waitFor()
    await assertAccessibleInBoth(page)
  })

  test('a response shows what was said before it, what it called and said, and leads to what it goes on with', async () => {
    await using seen = await visit(room, { at: `responses/${chain.told.id}` })
    const { page } = seen
    await page.getByRole('article').getByText('How is the weather in Paris?').waitFor()
    await page.getByText('Output of the caller').click()
    await page.getByLabel('Output', { exact: true }).getByText('"sky": "sunny"').waitFor()
    await page.getByText('This is the answer.', { exact: true }).waitFor()
    await page.getByText('1,200 → 34 tokens').waitFor()
    await page.getByRole('heading', { name: 'How is the weather in Paris?', level: 1 }).waitFor()
    assert.equal(await page.title(), 'How is the weather in Paris? · Threadmill')
    await assertAccessibleInBoth(page)
    await page.getByRole('tab', { name: 'Events' }).click()
    await page.getByRole('list', { name: 'Events' }).getByText('response.output_text.delta').first().waitFor()
    await page.getByRole('link', { name: /^resp_/ }).click()
    await page.waitForURL(`**/responses/${chain.root.id}`)
    await page.getByText('Instructions').click()
    await page.getByText('Be brief.').waitFor()
  })

  test('the chain is a tree whose forks are marked, and is walked by keyboard', async () => {
    await using seen = await visit(room, { at: `responses/${chain.packing.id}?tab=chain` })
    const { page } = seen
    const tree = page.getByRole('list', { name: 'Chain' })
    const links = tree.getByRole('link')
    await links.nth(3).waitFor()
    await tree.locator('[aria-current=true]').getByText('What should I pack?').waitFor()
    await links
      .nth(3)
      .filter({ hasText: /And tomorrow\?.*fork/ })
      .waitFor()
    assert.equal(await links.count(), 4)
    await links.nth(3).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/responses/${chain.tomorrow.id}?tab=chain`)
    await assertAccessibleInBoth(page)
  })

  test('the context of a turn shows each part with its tokens, and each opens what it was made of', async () => {
    await using seen = await visit(room, { at: `responses/${chain.told.id}` })
    const { page } = seen
    await page.getByRole('list', { name: 'Timeline' }).getByRole('link', { name: 'Model turn 1' }).click()
    await page.waitForURL(/tab=context&turn=1/)
    const parts = page.getByRole('list', { name: 'Parts of the prompt' })
    await parts.getByText('Calls with their results').click()
    await parts.getByText('get_weather').last().waitFor()
    await page.getByRole('button', { name: /^Messages/ }).click()
    await parts.getByText('Calls with their results').waitFor({ state: 'detached' })
    await assertAccessibleInBoth(page)
  })

  test('a response that works is shown live, and one in the background is cancelled from its page', async () => {
    const { id } = await room.client.responses.create({ model: 'scripted', input: 'hang', background: true })
    await using seen = await visit(room, { at: `responses/${id}` })
    const { page } = seen
    await page.getByText('running').first().waitFor()
    await page.getByRole('button', { name: 'Cancel the response' }).click()
    await page.getByText('cancelled').first().waitFor()
    await page.getByRole('button', { name: 'Delete response' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete response' }).click()
    await page.waitForURL('**/responses')
  })

  test('a response that failed says why, and what is not there says so', async () => {
    await using seen = await visit(room, { at: `responses/${chain.failed.id}` })
    const { page } = seen
    await page
      .getByRole('region', { name: /^Failed/ })
      .getByText('This model takes no pictures.')
      .waitFor()
    await page.goto(`${room.url}/responses/resp_nothing`)
    await page.getByText('Not found', { exact: true }).waitFor()
    await page.goto(`${room.url}/conversations/conv_nothing`)
    await page.getByText('Not found', { exact: true }).waitFor()
    await page.goto(`${room.url}/containers/cntr_nothing`)
    await page.getByText('Not found', { exact: true }).waitFor()
  })

  test('a conversation shows its items, hostile ones too, and leads to the thread that it is and back', async () => {
    await using seen = await visit(room, { at: 'conversations' })
    const { page } = seen
    await page.getByRole('link', { name: 'Be hostile.' }).click()
    const items = page.getByRole('list', { name: 'Items' })
    await items.getByText('Be kind.').waitFor()
    await items.getByText('<script>').waitFor()
    await page.getByRole('heading', { name: 'Be hostile.', level: 1 }).waitFor()
    assert.equal(await page.title(), 'Be hostile. · Threadmill')
    await assertAccessibleInBoth(page)
    await page.getByRole('link', { name: 'Open as a thread' }).click()
    await page.waitForURL('**/threads/thread_*')
    await page.getByRole('link', { name: 'Open as a conversation' }).click()
    await page.waitForURL(`**/conversations/${conversation}`)
    await page.getByRole('link', { name: 'Find its responses' }).click()
    await page.getByRole('row').filter({ hasText: 'Be hostile.' }).waitFor()
  })

  test('a container shows its files, which are saved as they are', async () => {
    const { client } = room
    const container = await client.containers.create({ name: 'Figures' })
    await client.containers.files.create(container.id, { file: new File(['a,b'], 'table.csv') })
    await using seen = await visit(room, { at: 'containers' })
    const { page } = seen
    await page.getByRole('link', { name: 'Figures' }).click()
    const file = page.getByRole('button', { name: /table\.csv$/ })
    await file.waitFor()
    await assertAccessibleInBoth(page)
    const [download] = await Promise.all([page.waitForEvent('download'), file.click()])
    assert.match(download.suggestedFilename(), /table\.csv$/)
  })

  test('an answer cites the passage that was found, and shows the pictures and files that a program has left', async () => {
    const { client } = room
    const passage = 'The warranty is 27 months.'
    const manual = await client.files.create({
      file: new File([passage], 'kettle.txt'),
      purpose: 'user_data',
    })
    const { id: container_id } = await client.containers.create({ name: 'Charts' })
    const left = async (name: string, content: string | Buffer<ArrayBuffer>) => {
      const { id } = await client.containers.files.create(container_id, { file: new File([content], name) })
      return { type: 'container_file_citation' as const, container_id, file_id: id, filename: name }
    }
    const text = 'It is 27 months. See [the table](sandbox:/mnt/data/table.csv).'
    const link = { start_index: text.indexOf('sandbox'), end_index: text.indexOf(').') }
    const annotations = [
      { type: 'file_citation' as const, file_id: manual.id, filename: 'kettle.txt', index: 15 },
      { ...(await left('table.csv', 'a,b')), ...link },
      { ...(await left('chart.png', Buffer.from(png, 'base64'))), start_index: 0, end_index: 0 },
    ]
    const { id } = await client.conversations.create({
      items: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` }],
        },
        {
          type: 'file_search_call',
          id: 'fs_1',
          status: 'completed',
          queries: ['warranty'],
          results: [
            { file_id: manual.id, filename: 'kettle.txt', score: 0.9, text: passage, attributes: {} },
          ],
        },
        {
          type: 'code_interpreter_call',
          id: 'ci_1',
          status: 'completed',
          container_id,
          code: 'plot()',
          outputs: [
            { type: 'logs', logs: 'Traceback (most recent call last):\n  File "x"\nKeyError: 1\n' },
            { type: 'image', url: `data:image/png;base64,${png}` },
          ],
        },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text, annotations, logprobs: [] }],
        },
      ],
    })
    await using seen = await visit(room, { at: `conversations/${id}` })
    const { page } = seen
    const isDrawn = (name: string) =>
      page.getByRole('img', { name }).evaluate((picture: { decode(): Promise<void> }) => picture.decode())
    await isDrawn('chart.png')
    await isDrawn('Sent with the message')
    await page.getByText('raised KeyError').waitFor()
    await page.getByText('plot()').click()
    await isDrawn('Picture that the program has drawn')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'the table' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'table.csv')
    await assertAccessibleInBoth(page)
    const source = page.getByRole('link', { name: 'Source 1: kettle.txt' })
    await source.hover()
    await page.getByText(passage, { exact: true }).waitFor()
    await source.click()
    await page.waitForURL(`**/files/${manual.id}?quote=*`)
  })

  test('the palette opens what an id names, and on a phone rows have one height', async () => {
    await using seen = await visit(room, { at: 'responses', size: { width: 390, height: 800 } })
    const { page } = seen
    const row = page.getByRole('row').filter({ hasText: 'Please fail.' })
    await row.waitFor()
    assert.equal(Math.round((await row.boundingBox())!.height), 36)
    await assertAccessible(page)
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Search' }).fill(chain.root.id)
    await page.getByRole('button', { name: new RegExp(chain.root.id) }).click()
    await page.waitForURL(`**/responses/${chain.root.id}`)
  })

  test('in a long chain the answer is in sight, and so is the place in the tree', async () => {
    let previous_response_id: string | null = null
    for (let turn = 1; turn <= 40; turn++) {
      const input = `Turn ${turn}.`
      ;({ id: previous_response_id } = await room.client.responses.create({
        model: 'scripted',
        input,
        previous_response_id,
      }))
    }
    await using seen = await visit(room, { at: `responses/${previous_response_id}` })
    const { page } = seen
    const said = page.getByRole('article').getByText(/^Turn \d+\.$/)
    await assertBecomes(
      async () => [await said.count(), (await said.allTextContents()).at(-1)],
      [2, 'Turn 40.'],
    )
    await page.getByRole('button', { name: 'Show what was said earlier' }).click()
    await page.getByText('Turn 31.').waitFor()
    await page.getByRole('tab', { name: 'Chain' }).click()
    const current = page.getByRole('list', { name: 'Chain' }).locator('[aria-current=true]')
    await current.getByText('Turn 40.').waitFor()
    // The page scrolls to it when it is there.
    await until(async () => {
      const { y = 0 } = (await current.boundingBox()) ?? {}
      return y > 0 && y < 800
    })
  })
})
