import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'
import { startTestServer } from '../server.ts'

after(closeBrowser)

const options = { skip: withoutBrowser }

test('the address of the banner signs in, and the key is out of the address at once', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server)
  const { page } = visitor
  await page.getByRole('navigation').getByRole('link').first().waitFor()
  assert.ok(!page.url().includes(server.apiKey))
  assert.ok(!page.url().includes('#'))
  // Another tab of the same browser was not signed in: the key was for this one.
  assert.equal(await page.evaluate(() => localStorage.getItem('threadmill-key')), null)
  await page.reload()
  await page.getByRole('navigation').getByRole('link').first().waitFor()
})

test('without a key one signs in with it, by keyboard, and is told when it is wrong', options, async () => {
  await using server = await startTestServer()
  {
    await using visitor = await visit(server, { signedOut: true })
    const { page } = visitor
    await page.getByLabel('Key of the server').fill('sk-something-else')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the key of this server.').waitFor()
    await assertAccessibleInBoth(page)
    await page.getByLabel('Key of the server').fill(server.apiKey)
    await page.keyboard.press('Enter')
    await page.getByRole('navigation').getByRole('link').first().waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(
      await page.evaluate(() => [sessionStorage.length, localStorage.getItem('threadmill-key')]),
      [0, null],
    )
  }
})

test(
  'an address with something that is no key, or a wrong one, takes no remembered key away',
  options,
  async () => {
    await using server = await startTestServer()
    await using visitor = await visit(server, { signedOut: true })
    const { page } = visitor
    await page.goto('about:blank')
    await page.goto(`${server.url}/#key=%D0%BA`)
    await page.getByText('The server does not know this key').waitFor()
    await page.getByLabel('Key of the server').fill(server.apiKey)
    await page.getByLabel('Stay signed in in this browser').check()
    await page.keyboard.press('Enter')
    await page.getByRole('navigation').getByRole('link').first().waitFor()
    for (const key of ['%D0%BA%0A%E2%98%83', '%00%%%']) {
      await page.goto('about:blank')
      await page.goto(`${server.url}/status#key=${key}`)
      await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    }
    await page.goto('about:blank')
    await page.goto(`${server.url}/status#key=sk-of-another-server`)
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    await page.goto('about:blank')
    await page.goto(`${server.url}/status`)
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  },
)

test('who signs out in one tab is signed out in the others with the same key', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server, { signedOut: true })
  const { page, context } = visitor
  await page.getByLabel('Key of the server').fill(server.apiKey)
  await page.getByLabel('Stay signed in in this browser').check()
  await page.keyboard.press('Enter')
  await page.getByRole('navigation').getByRole('link').first().waitFor()
  const other = await context.newPage()
  await other.goto(`${server.url}/status`)
  await other.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  const ofBanner = await context.newPage()
  await ofBanner.goto(`${server.url}/status#key=${server.apiKey}`)
  await ofBanner.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await other.getByRole('heading', { name: 'Sign in' }).waitFor()
  await ofBanner.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('Ctrl-K leads into each room, and to whatever an id names', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server)
  const { page } = visitor
  await page.getByRole('navigation').getByRole('link').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill('heal')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill('run_abc123')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${server.url}/runs/run_abc123`)
  const { id } = await server.client.beta.assistants.create({ model: 'demo', name: 'Keeper of the harbour' })
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill('harbour')
  await page.getByRole('dialog').getByText('Keeper of the harbour').waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(`${server.url}/assistants/${id}`)
})

test('the palette does things as well, and opens a message in its thread', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server)
  const { page } = visitor
  const { threads } = server.client.beta
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const [message] = (await threads.messages.list(thread.id)).data
  assert.ok(message)
  const palette = async (words: string, shown: string | RegExp) => {
    await page.getByRole('navigation').getByRole('link').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill(words)
    await page.getByRole('dialog').getByText(shown).waitFor()
    await page.keyboard.press('Enter')
  }
  await palette('new assis', 'New assistant')
  await page.waitForURL(`${server.url}/assistants/new`)
  await palette(message.id, 'Hello')
  await page.waitForURL(`${server.url}/threads/${thread.id}?message=${message.id}`)
  const response = await server.client.responses.create({ model: 'demo', input: 'Where is the lighthouse?' })
  await palette('lighthouse', 'Where is the lighthouse?')
  await page.waitForURL(`${server.url}/responses/${response.id}`)
  await palette('dark', 'Dark colours')
  await page.locator('html[data-mantine-color-scheme=dark]').waitFor()
  await palette('sign o', 'Sign out')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test(
  'a key that was changed while the page was open leads back to the door, with the reason',
  options,
  async () => {
    await using server = await startTestServer()
    await using visitor = await visit(server, { at: 'runs' })
    const { page } = visitor
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
    await page.route('**/v1/**', (route) =>
      route.fulfill({ status: 401, json: { error: { message: 'Incorrect API key provided.' } } }),
    )
    await page.getByRole('link', { name: 'Vector stores' }).click()
    await page.getByText('The server does not know this key').waitFor()
    await assertAccessibleInBoth(page)
  },
)

test('on a phone the rooms are behind a button, and nothing is wider than the screen', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server, { size: { width: 390, height: 800 } })
  const { page } = visitor
  await page.getByRole('button', { name: 'Navigation' }).click()
  await page.getByRole('navigation').getByRole('link', { name: 'Health' }).click()
  await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  await page.getByRole('navigation').getByRole('link', { name: 'Health' }).waitFor({ state: 'hidden' })
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
})

test(
  'by keyboard, the focus is in the content of the page that was opened, and back where a dialog was',
  options,
  async () => {
    await using server = await startTestServer()
    const { id } = await server.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
    await using visitor = await visit(server, { at: 'threads' })
    const { page } = visitor
    const hasFocus = (what: string) => page.locator(':focus').and(page.locator(what)).waitFor()
    await page.getByRole('link', { name: 'Hello' }).press('Enter')
    await page.waitForURL(`${server.url}/threads/${id}`)
    await page.getByRole('button', { name: 'Delete thread' }).waitFor()
    await hasFocus('#main')
    await page.getByRole('button', { name: 'Delete thread' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await hasFocus('button:has-text("Delete thread")')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await hasFocus('button:has-text("Delete thread")')
    await page.reload()
    await page.getByRole('button', { name: 'Delete thread' }).waitFor()
    await page.keyboard.press('Tab')
    await hasFocus('a:has-text("Skip to the content")')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await hasFocus('#main a:has-text("Threads")')
  },
)

test('a lost server is told at once, and forgotten when it is back', options, async () => {
  await using first = await startTestServer()
  await using visitor = await visit(first, { at: 'status' })
  const { page, context } = visitor
  await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Look again' }).click()
  await page.getByRole('alert').filter({ hasText: 'The connection to the server is lost' }).waitFor()
  await assertAccessibleInBoth(page)
  await context.setOffline(false)
  await page.getByText('The connection to the server is lost').waitFor({ state: 'detached' })
})

test(
  'a room that is entered while the server is away comes when it is back, and notices are there',
  options,
  async () => {
    await using server = await startTestServer()
    const file = new File(['a'], 'a.txt')
    await server.client.files.create({ file, purpose: 'assistants' })
    await using visitor = await visit(server, { at: 'files' })
    const { page } = visitor
    const loaded = page.waitForResponse(/ShownNotices[^/]*\.js$/)
    await page.getByRole('link', { name: 'a.txt' }).click()
    // With all that it needs.
    await page.evaluate(`import('${(await loaded).url()}')`)
    await page.getByRole('button', { name: 'Download' }).waitFor()
    await page.route('**/*', (route) => route.abort())
    await page.getByRole('button', { name: 'Download' }).click()
    await page.getByText('The download failed').waitFor()
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByText('It is loaded by itself as soon as the server answers again.').waitFor()
    await assertAccessibleInBoth(page)
    await page.unroute('**/*')
    await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
    await page.getByText('Nothing was used in this time').waitFor()
    const faults = visitor.faults.splice(0)
    assert.deepEqual(
      faults.filter((fault) => !fault.includes('a part of the console has not come')),
      [],
    )
  },
)

test('an address that names nothing says so, and leads back', options, async () => {
  await using server = await startTestServer()
  await using visitor = await visit(server, { at: 'nowhere/at/all' })
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  await assertAccessibleInBoth(page)
  await page.getByRole('link', { name: 'To the beginning' }).click()
  await page.waitForURL((address) => !address.pathname.startsWith('/nowhere'))
})

test('below the prefix of a proxy everything is found', options, async () => {
  await using server = await startTestServer()
  await using proxy = await startPrefixProxy(server.url, '/threadmill')
  await using visitor = await visit({ url: proxy.url, apiKey: server.apiKey }, { at: 'status' })
  const { page } = visitor
  await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Find by words, go to a room, or paste an id').fill('run_abc123')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${proxy.url}/runs/run_abc123`)
  await page.reload()
  await page.getByRole('navigation').getByRole('link').first().waitFor()
})

/** What a proxy does that serves something below a prefix: it takes the prefix away. */
async function startPrefixProxy(target: string, prefix: string) {
  const { createServer } = await import('node:http')
  const { once } = await import('node:events')
  const { Readable } = await import('node:stream')
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (!path.startsWith(`${prefix}/`)) {
      response.writeHead(404).end()
      return
    }
    const headers = new Headers()
    for (const name of ['accept', 'authorization', 'content-type']) {
      const value = request.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    void fetch(target + path.slice(prefix.length), { method: request.method ?? 'GET', headers }).then(
      (answer) => {
        response.writeHead(answer.status, {
          'content-type': answer.headers.get('content-type') ?? '',
          'content-security-policy': answer.headers.get('content-security-policy') ?? '',
        })
        if (answer.body)
          Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]).pipe(response)
        else response.end()
      },
      // The server may end while the browser still asks.
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
