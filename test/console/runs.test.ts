import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type OpenAI from 'openai'
import { findProgram } from '../programs.ts'
import {
  assertAccessible,
  assertBecomes,
  closeBrowser,
  copyAsCode,
  visit,
  withoutBrowser,
} from './browser.ts'
import { startRoom, type Room } from './room-fixture.ts'

type Run = OpenAI.Beta.Threads.Run

describe('the runs of the console', { skip: withoutBrowser }, () => {
  let room: Room
  let searched: Run
  let failed: Run
  let waiting: Run
  let retried: Run
  before(async () => {
    room = await startRoom()
    const thread = async () => (await room.client.beta.threads.create()).id
    const long = await thread()
    searched = await room.ask(long, 'What is your refund policy?')
    failed = await room.ask(long, 'Please fail.')
    waiting = await room.ask(await thread(), 'How is the weather?')
    retried = await room.ask(long, 'Are you busy?', {
      truncation_strategy: { type: 'last_messages', last_messages: 2 },
    })
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  test('the list says why a run failed, and is narrowed to those with errors by an address that can be sent', async () => {
    await using seen = await visit(room, { at: 'runs' })
    const { page } = seen
    await page.getByRole('link', { name: `run ${waiting.id}` }).waitFor()
    await page.getByText('This model takes no pictures.').waitFor()
    await page.getByRole('combobox', { name: 'Any state' }).click()
    await page.getByRole('option', { name: 'With errors' }).click()
    await page.getByRole('link', { name: `run ${waiting.id}` }).waitFor({ state: 'detached' })
    await page.waitForURL(/[?&]status=failed/)
    await page.reload()
    await page.getByText('This model takes no pictures.').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('link', { name: `run ${waiting.id}` }).waitFor()
    await assertAccessible(page)
  })

  test('on a phone the list says when and why in rows of one height, and what is not there offers no second try', async () => {
    await using seen = await visit(room, { at: 'runs', size: { width: 390, height: 800 } })
    const { page } = seen
    await page.getByText('This model takes no pictures.').waitFor()
    await page.getByRole('columnheader', { name: 'Created' }).waitFor()
    const row = page.getByRole('row').filter({ hasText: 'This model takes no pictures.' })
    assert.equal(Math.round((await row.boundingBox())!.height), 36)
    const message = row.locator('summary')
    const isCut = () =>
      message.evaluate(
        ({ scrollWidth, clientWidth }: { scrollWidth: number; clientWidth: number }) =>
          scrollWidth > clientWidth,
      )
    assert.ok(await isCut())
    await message.press('Enter')
    await assertBecomes(isCut, false)
    await page.goto(`${room.url}/runs/run_nothing`)
    await page.getByText('Not found').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
  })

  test('from the list, two steps of the keyboard lead to what a failed run was sent', async () => {
    await using seen = await visit(room, { at: 'runs?status=failed' })
    const { page } = seen
    const link = page.getByRole('link', { name: `run ${failed.id}` })
    await link.waitFor()
    await link.focus()
    await page.keyboard.press('Enter')
    // What is wrong, what to do, the failed line, and the context of that turn are there at once.
    const notice = page.getByRole('region', { name: 'Failed: invalid prompt' })
    await notice.getByText('This model takes no pictures.').waitFor()
    await notice.getByText('Look at the context of the last turn').waitFor()
    const line = page
      .getByRole('list', { name: 'Timeline' })
      .getByRole('link', { name: 'Model turn 1 failed' })
    await assertBecomes(() => line.getAttribute('aria-current'), 'true')
    await page.getByRole('list', { name: 'Parts of the prompt' }).getByText('Please fail.').waitFor()
  })

  test('the timeline leads to the step of a call, and that to what was found', async () => {
    await using seen = await visit(room, { at: `runs/${searched.id}` })
    const { page } = seen
    const timeline = page.getByRole('list', { name: 'Timeline' })
    await timeline.getByRole('link', { name: 'File search' }).click()
    await page.getByText('refunds.md').first().waitFor()
    await page.waitForURL(/[?&]step=call_/)
    await page.getByText('money back within 30 days').first().waitFor()
    await page.goBack()
    await timeline.getByRole('link', { name: 'Model turn 2' }).click()
    await page.waitForURL(/tab=context&turn=2/)
  })

  test('the context of a turn shows each part with its tokens, and each opens what it refers to', async () => {
    await using seen = await visit(room, { at: `runs/${searched.id}?tab=context` })
    const { page } = seen
    const parts = page.getByRole('list', { name: 'Parts of the prompt' })
    await parts.getByText('Instructions of the run').click()
    await parts.getByText('You help the customers of a shop.').waitFor()
    await parts.getByText(/^1 passage of file search/).click()
    await parts.getByText('refunds.md').click()
    await parts.getByText('money back within 30 days').waitFor()
    // What turn 1 was not sent is marked in turn 2.
    await parts.getByText('new', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: /^Turn 1: / }).click()
    await parts.getByText(/passage of file search/).waitFor({ state: 'detached' })

    await page.getByRole('button', { name: /^Messages/ }).click()
    await parts.getByRole('listitem').first().waitFor()
    assert.equal(await parts.getByRole('listitem').count(), 1)
    await parts.getByText('What is your refund policy?').click()
    await parts.getByRole('link', { name: 'Open in the thread' }).click()
    await page.waitForURL(/\/threads\/thread_\w+\?message=msg_/)
  })

  test('messages that were left out are counted, with the reason, and the wait for the provider is in the timeline', async () => {
    await using seen = await visit(room, { at: `runs/${retried.id}?tab=context` })
    const { page } = seen
    await page.getByText(/^\d messages were left out: truncation_strategy/).waitFor()
    const timeline = page.getByRole('list', { name: 'Timeline' })
    await timeline.getByRole('link', { name: 'Waiting to try again' }).waitFor()
    await timeline.getByText('Slow down, please.').waitFor()
    await page.getByText('1 retry').waitFor()
  })

  test('a run that works is shown live, and is cancelled from its page', async () => {
    const { id: thread_id } = await room.client.beta.threads.create({
      messages: [{ role: 'user', content: 'hang' }],
    })
    const { id } = await room.client.beta.threads.runs.create(thread_id, { assistant_id: room.assistant.id })
    await using seen = await visit(room, { at: `runs/${id}` })
    const { page } = seen
    await page.getByText('running').first().waitFor()
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await page.getByText('cancelled').first().waitFor()
    await page.getByRole('button', { name: 'Cancel the run' }).waitFor({ state: 'detached' })
  })

  test('a run is copied as a program, which asks the same when it is run', async () => {
    await using seen = await visit(room, { at: `runs/${searched.id}` })
    const run = (program: string, args: string[]) =>
      promisify(execFile)(program, args, {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        env: { ...process.env, OPENAI_API_KEY: room.apiKey },
      })
    const python = await copyAsCode(seen, 'Python')
    assert.match(python, /client\.beta\.threads\.create_and_run\(\n {4}assistant_id="asst_/)
    assert.ok(python.includes(`${room.url}/v1`) && !python.includes(room.apiKey))
    const node = await run(process.execPath, [
      '--input-type=module',
      '--eval',
      await copyAsCode(seen, 'Node'),
    ])
    assert.match(node.stdout, /This is the answer\./)
    const curl = await run('bash', ['-c', await copyAsCode(seen, 'curl')])
    assert.match(curl.stdout, /event: thread\.run\.completed/)
    const python3 = findProgram('python3')
    const parse = 'import ast, sys; ast.parse(sys.argv[1])'
    if (python3) await run(python3, ['-c', parse, python])
  })

  test('the events are the ones of the stream, and each opens to its object', async () => {
    await using seen = await visit(room, { at: `runs/${searched.id}?tab=events` })
    const { page } = seen
    const events = page.getByRole('list', { name: 'Events' })
    await events.getByText('thread.message.delta').first().waitFor()
    await page.getByRole('switch', { name: 'Show deltas' }).click()
    await events.getByText('thread.message.delta').first().waitFor({ state: 'detached' })
    await events.getByText('thread.run.queued').click()
    await events.getByLabel('JSON').getByText(searched.id).waitFor()
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds nothing on the pages of runs in the ${scheme} scheme`, async () => {
      await using seen = await visit(room, { at: 'runs', scheme })
      const { page } = seen
      await page.getByText('This model takes no pictures.').waitFor()
      await assertAccessible(page)
      for (const [at, words] of [
        [`${failed.id}`, 'Please fail.'],
        [`${searched.id}?tab=context`, /passage of file search/],
        [`${waiting.id}`, 'The run waits for you'],
        [`${searched.id}?tab=events`, 'thread.run.queued'],
      ] as const) {
        await page.goto(`${room.url}/runs/${at}`)
        await page.getByText(words).first().waitFor()
        await assertAccessible(page)
      }
    })
})
