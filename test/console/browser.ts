import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type ConsoleMessage,
  type Page,
  type Request,
} from 'playwright-core'
import { findProgram } from '../programs.ts'
import { startTestServer, type TestServer } from '../server.ts'

const program = findProgram('chromium') ?? findProgram('chromium-browser') ?? findProgram('google-chrome')

/** For the option `skip` of tests. `.ci/run` installs a browser, so nothing is left out there. */
export const withoutBrowser = program === undefined && 'there is no Chromium on this machine'

let browser: Promise<Browser> | undefined

/** One browser for all tests of a file. Whatever ends the process ends it too. */
const openBrowser = () =>
  (browser ??= chromium.launch({
    executablePath: program!,
    args: ['--no-sandbox', '--force-prefers-reduced-motion'],
  }))

export const closeBrowser = async (): Promise<void> => (await browser)?.close()

/** Pages that nobody looks at. A new one costs half a second: its process, and the scripts that it does not know yet. */
const free: Page[] = []

async function openPage(): Promise<Page> {
  const page = free.pop()
  if (page) return page
  const context = await (await openBrowser()).newContext()
  // A test on a busy machine may get no processor for many seconds.
  context.setDefaultTimeout(60_000)
  return context.newPage()
}

/** As a new one: nothing is kept of whoever was here, and no route and no other tab is left. */
async function leavePage(page: Page): Promise<void> {
  const context = page.context()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await context.setOffline(false)
  for (const other of context.pages()) if (other !== page) await other.close()
  await page.evaluate('localStorage.clear(), sessionStorage.clear()').catch(() => {})
  await page.goto('about:blank')
  free.push(page)
}

export interface Visit extends AsyncDisposable {
  page: Page
  context: BrowserContext
  /** What the page asked of other origins, and what its security policy has refused. Always empty at the end. */
  strays: string[]
  /** The errors that the page has thrown or written to its console. Empty at the end, unless a test takes them out. */
  faults: string[]
}

interface VisitOptions {
  scheme?: 'light' | 'dark'
  size?: { width: number; height: number }
  /** Opens the sign-in page instead of signing in. */
  signedOut?: boolean
  /** The path after the root of the server, without a slash. */
  at?: string
}

/** A person in front of a browser of their own, at the console of a server. */
export async function visit(
  { url, apiKey }: Pick<TestServer, 'url' | 'apiKey'>,
  options: VisitOptions = {},
): Promise<Visit> {
  const { scheme = 'light', size = { width: 1280, height: 800 }, signedOut = false, at = '' } = options
  const page = await openPage()
  const context = page.context()
  await Promise.all([
    page.setViewportSize(size),
    page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' }),
  ])
  const strays: string[] = []
  const faults: string[] = []
  const onRequest = (request: Request) => {
    const address = request.url()
    if (!address.startsWith(`${url}/`) && !/^(data|blob|about):/.test(address)) strays.push(address)
  }
  const onError = (error: Error) => faults.push(String(error))
  const onMessage = (message: ConsoleMessage) => {
    if (message.type() !== 'error') return
    const text = message.text()
    if (/Content Security Policy/.test(text)) strays.push(text)
    // An answer that is no success is written by the browser itself. Pages say what it means.
    else if (!text.startsWith('Failed to load resource')) faults.push(text)
  }
  page.on('request', onRequest).on('pageerror', onError).on('console', onMessage)
  await page.goto(`${url}/${at}${signedOut ? '' : `#key=${apiKey}`}`)
  return {
    page,
    context,
    strays,
    faults,
    async [Symbol.asyncDispose]() {
      page.off('request', onRequest).off('pageerror', onError).off('console', onMessage)
      await leavePage(page)
      assert.deepEqual(strays, [], 'nothing is asked of other origins')
      assert.deepEqual(faults, [], 'the page has thrown no error')
    },
  }
}

/**
 * Reads something of the page until it is what is expected, and fails with what it was last: whoever looks right after a click may see the
 * page as it was before.
 */
export async function assertBecomes<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const found = await read()
    if (isDeepStrictEqual(found, expected) || Date.now() > deadline) {
      assert.deepEqual(found, expected)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What the menu for it puts into the clipboard in this language. */
export async function copyAsCode({ page, context }: Visit, language: string): Promise<string> {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy as code' }).click()
  const item = page.getByRole('menuitem', { name: language })
  // A click that waits for the item to be ready scrolls the page between its tries, and the menu goes with its button.
  await item.and(page.locator(':enabled')).waitFor()
  await item.click()
  await page.getByText(`Copied as ${language}`).first().waitFor()
  return page.evaluate<string>('navigator.clipboard.readText()')
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Text in another size than the design has, as far as it is seen. Screen readers alone get what is one pixel large. */
const oddSizes = `[...document.querySelectorAll('body *')].flatMap((element) => {
  const own = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
  const size = parseFloat(getComputedStyle(element).fontSize)
  if (!own || [12, 13, 14, 16, 20].includes(size) || !element.checkVisibility()) return []
  return element.getBoundingClientRect().width > 1 ? [size + 'px: ' + own.data.slice(0, 80)] : []
})`

/** Whatever axe-core finds on the page as it is: fails with each finding and where it is, and where text has an odd size. */
export async function assertAccessible(page: Page, rules: object = {}): Promise<void> {
  // The security policy of the page allows no script from elsewhere; what the test evaluates is not bound by it.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe)
  const findings = await page.evaluate(async (only) => {
    // @ts-expect-error axe is a global of the page
    const { violations } = await axe.run(document, { resultTypes: ['violations'], ...only })
    return violations.map(
      (one: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }) => ({
        rule: one.id,
        help: one.help,
        where: one.nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
      }),
    )
  }, rules)
  assert.deepEqual(findings, [], `axe-core finds nothing at ${page.url()}`)
  assert.deepEqual(await page.evaluate(oddSizes), [], `text has one of five sizes at ${page.url()}`)
}

/** What the colours of a page can change. */
const ofColours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }

/** The same in light and in dark colours, which takes less time than another visit. */
export async function assertAccessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    await assertAccessible(page, colorScheme === 'dark' ? ofColours : {})
  }
}

export { startTestServer }
