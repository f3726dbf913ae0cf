/**
 * What the console costs a browser: `node bench/console.ts`, after `npm run console`, where there is a Chromium.
 *
 * The compressed script of the first load, the first paint with a warm cache, and the slowest answer to a key, a click or
 * a turn of the wheel: while an answer of 1 MB arrives, in a thread of 10,000 messages, in one of a million tokens and in a
 * list of 10,000 threads. An event is timed by the browser itself, to the next paint; scrolling by its frames.
 */
import { scripted } from '../src/models/scripted.ts'
import { closeBrowser, visit, type Visit } from '../test/console/browser.ts'
import { startTestServer } from '../test/server.ts'
import { round, table } from './numbers.ts'

const megabyte = 1_000_000
const manyMessages = 10_000
const manyThreads = 10_000
/** Of 2,500 tokens each. */
const longMessages = 400
const paragraph = 'The **quick** brown fox jumps over the `lazy` dog, and [again](https://example.com). '

const rows: string[][] = []
const note = (what: string, value: string, target: string) => void rows.push([what, value, target])

const chunks = Array.from({ length: 500 }, (_, index) =>
  `${index % 10 === 0 ? '\n\n' : ''}${paragraph.repeat(25)}`.slice(0, megabyte / 500),
)
await using server = await startTestServer({
  models: { scripted: scripted(() => ({ text: chunks, delayMs: 10 })) },
})
const { client } = server
const assistant = await client.beta.assistants.create({ model: 'scripted', name: 'Bench' })

{
  await using visitor = await visit(server, { at: 'playground' })
  const { page } = visitor
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  const bytes = await page.evaluate<number>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  )
  note('compressed script of the first load', `${round(bytes / 1000)} kB`, '250 kB')
  await page.reload()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  const paint = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
  )
  note('first paint with a warm cache', `${round(paint)} ms`, '300 ms')
}

{
  await using visitor = await visit(server, { at: `playground?assistant=${assistant.id}` })
  const { page } = visitor
  const message = page.getByRole('textbox', { name: 'Message' })
  await message.fill('Tell me everything')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  await watch(page)
  // About half of the time that the answer takes.
  for (let turn = 0; turn < 20; turn++) {
    await message.press('a')
    await page.mouse.wheel(0, turn % 2 === 0 ? -400 : 400)
  }
  note('slowest event while an answer of 1 MB arrives', `${await slowestEvent(page)} ms`, '100 ms')
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached', timeout: 120_000 })
  await watch(page)
  for (let turn = 0; turn < 20; turn++) {
    await message.press('a')
    await page.mouse.wheel(0, turn % 2 === 0 ? -4_000 : 4_000)
  }
  note('slowest event under an answer of 1 MB', `${await slowestEvent(page)} ms`, '100 ms')
}

{
  const thread = await client.beta.threads.create()
  await write(manyMessages, (number) =>
    client.beta.threads.messages.create(thread.id, {
      role: number % 2 === 0 ? 'user' : 'assistant',
      content: `${number} ${paragraph.repeat(3)}`,
    }),
  )
  await using visitor = await visit(server, { at: `threads/${thread.id}` })
  const { page } = visitor
  await page.getByRole('article').first().waitFor()
  await watch(page)
  await scroll(page)
  note(`slowest event in a thread of ${manyMessages} messages`, `${await slowestEvent(page)} ms`, '100 ms')
  note('slowest frame of scrolling it', `${await slowestFrame(page)} ms`, '100 ms')
}

{
  const thread = await client.beta.threads.create()
  await write(longMessages, (number) =>
    client.beta.threads.messages.create(thread.id, {
      role: number % 2 === 0 ? 'user' : 'assistant',
      content: `## ${number}\n\n${`${paragraph.repeat(5)}\n\n`.repeat(24)}`,
    }),
  )
  await using visitor = await visit(server, { at: `threads/${thread.id}` })
  const { page } = visitor
  await page.getByRole('article').first().waitFor()
  await watch(page)
  await scroll(page)
  note('slowest frame of scrolling a thread of a million tokens', `${await slowestFrame(page)} ms`, '100 ms')
  await watch(page)
  await usePalette(page)
  note('slowest event of the palette above it', `${await slowestEvent(page)} ms`, '100 ms')
}

{
  await write(manyThreads, (number) =>
    client.beta.threads.create({ messages: [{ role: 'user', content: `${number} ${paragraph}` }] }),
  )
  await using visitor = await visit(server, { at: 'threads' })
  const { page } = visitor
  await page.getByRole('row').nth(5).waitFor()
  await watch(page)
  await scroll(page)
  note(
    `slowest frame of scrolling a list of ${manyThreads} threads`,
    `${await slowestFrame(page)} ms`,
    '100 ms',
  )
  note('slowest event in it', `${await slowestEvent(page)} ms`, '100 ms')
  await watch(page)
  await page.keyboard.press('Home')
  await page.getByRole('textbox', { name: 'Find threads' }).pressSequentially('quick brown', { delay: 30 })
  await page.waitForTimeout(1_000)
  note('slowest letter of a search in it', `${await slowestEvent(page)} ms`, '100 ms')
}

await closeBrowser()
console.log(table([['', 'measured', 'target'], ...rows]))

/** So many things of the API, eight at a time. */
async function write(many: number, one: (number: number) => Promise<unknown>): Promise<void> {
  const numbers = Array.from({ length: many }, (_, index) => index).values()
  const writer = async () => {
    for (const number of numbers) await one(number)
  }
  await Promise.all(Array.from({ length: 8 }, writer))
}

/** By the wheel and to the end, over and over, until all pages of the list have come; and back, part of the way. */
async function scroll(page: Visit['page']): Promise<void> {
  await page.mouse.move(700, 400)
  const isLoading = page.locator('[aria-rowcount="-1"], [aria-setsize="-1"]').first()
  do {
    await page.mouse.wheel(0, 3_000)
    await page.keyboard.press('End')
    await page.waitForTimeout(50)
  } while (await isLoading.isVisible())
  for (let turn = 0; turn < 30; turn++) await page.mouse.wheel(0, -2_000)
}

async function usePalette(page: Visit['page']): Promise<void> {
  for (const word of ['health', 'quick']) {
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').pressSequentially(word, { delay: 30 })
    await page.waitForTimeout(600)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
}

/** Forgets what was noted before. What moves away under a pointer that rests is nobody's act. */
function watch(page: Visit['page']): Promise<unknown> {
  return page.evaluate(`
    globalThis.slowest = 0
    globalThis.slowestFrame = 0
    globalThis.watcher?.disconnect()
    cancelAnimationFrame(globalThis.frame)
    let before
    const look = (now) => {
      slowestFrame = Math.max(slowestFrame, now - (before ?? now))
      before = now
      globalThis.frame = requestAnimationFrame(look)
    }
    globalThis.frame = requestAnimationFrame(look)
    globalThis.watcher = new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries())
        if (/^(key|pointer(down|up)|mouse(down|up)|click|input)/.test(name)) slowest = Math.max(slowest, duration)
    })
    watcher.observe({ type: 'event', durationThreshold: 16 })
  `)
}

/** In milliseconds, to the next 8, as browsers round it. Below 16 none is noted. */
function slowestEvent(page: Visit['page']): Promise<number> {
  return page.evaluate<number>('new Promise((done) => setTimeout(() => done(slowest), 300))')
}

/** The longest time between two pictures, in milliseconds: 17 where nothing holds the page up. */
function slowestFrame(page: Visit['page']): Promise<number> {
  return page.evaluate<number>('Math.round(slowestFrame)')
}
