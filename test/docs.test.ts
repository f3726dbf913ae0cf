import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test, type TestContext } from 'node:test'
import { readConfig } from '../src/config/config.ts'
import { allBlocks, blocksOf, fits, pages, place, type Block } from './docs/blocks.ts'
import { installPythonClient } from './docs/python-client.ts'
import { openSession, type Session } from './docs/session.ts'

/** What a block is, and what is done with it; the languages that other tests read are named with them. */
const readElsewhere: Record<string, string> = {
  nginx: 'test/docs/proxies.test.ts',
  caddyfile: 'test/docs/proxies.test.ts',
  logrotate: 'test/docs/log-rotation.test.ts',
}
const runHere = ['sh', 'js', 'python', 'json']

test('every block of every page is run, or says why not', () => {
  const unknown = allBlocks().filter(({ language, mark }) => {
    return mark === undefined && !runHere.includes(language) && readElsewhere[language] === undefined
  })
  assert.deepEqual(unknown.map(place), [])
  for (const file of Object.values(readElsewhere)) assert.ok(existsSync(file), file)
})

test('a block that says which test runs it says so of a test that is there', () => {
  const missing = allBlocks().filter(({ mark }) => {
    if (mark?.kind !== 'tested by') return false
    const [file = '', name = ''] = mark.text.split(' › ')
    return !existsSync(file) || !readFileSync(file, 'utf8').includes(name)
  })
  assert.deepEqual(missing.map(place), [])
})

test('what is not run as it stands has the grammar of a shell', () => {
  for (const block of allBlocks('sh').filter(({ mark }) => mark?.kind === 'not run')) {
    assert.doesNotThrow(() => execFileSync('bash', ['-n'], { input: block.text }), place(block))
  }
})

test('what a page calls a configuration is one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const block of allBlocks('json').filter(({ mark }) => mark === undefined)) {
    const file = join(folder, 'config.json')
    writeFileSync(file, block.text)
    // A key that is named is there, and the providers of a model that is named are those of the environment.
    const named = [...block.text.matchAll(/"api_key_env": "(\w+)"/g)].map(([, name]) => [name, 'a-key'])
    const env = { ...Object.fromEntries(named), OPENAI_API_KEY: 'a-key', THREADMILL_CONFIG: file }
    assert.doesNotThrow(() => readConfig(env, { use: 'read' }), place(block))
  }
})

// Two at a time, because a page mostly waits for the programs that it starts; each has a folder and a server of its own.
suite('what stands in the pages works', { concurrency: 2 }, () => {
  for (const page of pages) {
    const blocks = blocksOf(page).filter(({ language, mark }) => {
      return ['sh', 'js', 'python'].includes(language) && (mark === undefined || mark.kind === 'answer')
    })
    if (blocks.length === 0) continue
    test(`${page}, as its reader types it`, async (t) => {
      await using session = await openSession()
      for (const block of blocks) {
        const begin = block.text.trim().split('\n')[0] ?? ''
        await t.test(`line ${block.line}: ${begin}`, (each) => runBlock(each, session, block))
      }
    })
  }
})

/** Runs it, and where the next block of the page is an output, compares what was printed. */
async function runBlock(t: TestContext, session: Session, block: Block): Promise<void> {
  const { language, text } = block
  if (language === 'python' || /^pip /m.test(text)) {
    const missing = await installPythonClient(session)
    if (missing !== undefined) return t.skip(missing)
    // A page that leaves it to another one how the client is installed.
    const says = blocksOf(block.page).some((one) => one.mark === undefined && /^pip install/m.test(one.text))
    if (!says) await session.shell('pip install openai')
  }
  const { stdout, stderr } = await (language === 'sh'
    ? session.shell(text)
    : session.program(language === 'js' ? 'js' : 'python', text))
  const all = blocksOf(block.page)
  const next = all[all.findIndex(({ line }) => line === block.line) + 1]
  if (next?.mark?.kind !== 'output') return
  for (const line of session.here(next.text).trim().split('\n')) {
    assert.ok(fits(line.trim(), stdout + stderr), `"${line}" is printed, not ${stdout}${stderr}`)
  }
}
