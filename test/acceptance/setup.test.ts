import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { code, startCodeServer } from '../code-server.ts'
import { createEmbeddingFixture, createPythonFixture, testPython } from '../python.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { startMirror } from '../wheels.ts'

/** Runs `threadmill setup` to its end, with what pip of this machine is configured to use. */
async function setup(args: string[], dataDir: string, env: Record<string, string> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('THREADMILL_'))
  const child = spawn(process.execPath, ['src/main.ts', 'setup', ...args], {
    env: { ...Object.fromEntries(inherited), THREADMILL_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out, errors, code: code as number }
}

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('setup says what it would fetch, how large it is and from where, and changes nothing with --dry-run', async () => {
  using place = folder()
  const dataDir = join(place.path, 'data')
  const plan = await setup(['--dry-run'], dataDir, {
    THREADMILL_PYPI_MIRROR: 'https://user:secret@packages.example/simple/',
  })
  assert.equal(plan.code, 0, plan.errors)
  assert.match(
    plan.out,
    /Python with the data packages +1\.1 GB on the disk, +310 MB to fetch +from https:\/\/packages\.example\/simple\//,
  )
  assert.match(
    plan.out,
    /hybrid file search +180 MB on the disk, +66 MB to fetch +from https:\/\/packages\.example\/simple\//,
  )
  assert.doesNotMatch(plan.out, /secret/)
  const { out } = await setup(['--dry-run', '--json', '--only', 'search'], dataDir)
  const { parts, free_bytes } = JSON.parse(out)
  assert.deepEqual([parts.length, parts[0].name, parts[0].state], [1, 'search', 'missing'])
  assert.ok(parts[0].disk_bytes > 1e8 && free_bytes > 0)
  assert.equal(existsSync(dataDir), false)
})

test('without a terminal setup fetches only what --yes says, and names it', async () => {
  using place = folder()
  const dataDir = join(place.path, 'data')
  for (const json of [[], ['--json']]) {
    const { code, out, errors } = await setup(['--only', 'search', ...json], dataDir)
    assert.deepEqual([code, out, existsSync(dataDir)], [2, '', false])
    assert.match(errors, /^threadmill: nothing was fetched, .*: --yes fetches it, --dry-run shows what/m)
    assert.equal(/hybrid file search +180 MB/.test(errors), json.length === 0)
  }
})

test('setup of what is there already fetches nothing, and a server that runs has taken it up', async () => {
  await using server = await startTestServer()
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  await vectorStores.fileBatches.uploadAndPoll(store.id, {
    files: [new File(['A hound sleeps in the yard.'], 'a.txt'), new File(['Stock prices fell.'], 'b.txt')],
  })
  const search = async () =>
    (await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, { query: 'dog' })).json
  assert.deepEqual((await search()).data, [])
  const before = (await raw(server, 'GET', '/health')).json
  assert.deepEqual(before.file_search, { ranking: 'words', model: null })
  assert.match(before.setup, /"threadmill setup" brings hybrid file search \(180 MB\)/)

  await createEmbeddingFixture(server.dataDir)
  await until(async () => (await search()).data[0]?.filename === 'a.txt')
  const after = (await raw(server, 'GET', '/health')).json
  assert.deepEqual(after.file_search, { ranking: 'hybrid', model: 'local/all-MiniLM-L6-v2-int8' })
  assert.match(after.setup, /all is set up/)
})

test('hybrid search stays off where the config file says so, or names another model', async () => {
  using place = folder()
  const config = join(place.path, 'config.json')
  await createEmbeddingFixture(place.path)
  for (const [embedding, ranking] of [
    ['off', 'words'],
    ['local', 'hybrid'],
    [undefined, 'hybrid'],
  ]) {
    writeFileSync(config, JSON.stringify({ embedding }))
    await using server = await startTestServer({ dataDir: place.path, env: { THREADMILL_CONFIG: config } })
    const { file_search } = (await raw(server, 'GET', '/health')).json
    assert.equal(file_search.ranking, ranking)
  }
})

test('setup makes hybrid search, says what it does in lines, and the second time leaves all as it is', async () => {
  using place = folder()
  const first = await setup(['--only', 'search', '--yes'], place.path)
  assert.equal(first.code, 0, first.errors)
  assert.match(first.errors, /hybrid file search +180 MB on the disk, +66 MB to fetch +from https?:/)
  assert.match(first.errors, /^packages 11\/11$/m)
  assert.match(first.out, /^Set up: hybrid file search, in /)
  const second = await setup(['--only', 'search', '--json'], place.path)
  const [part] = JSON.parse(second.out).parts
  assert.deepEqual([second.code, second.errors, part.state], [0, '', 'there'])
})

test('setup says what to do when the package index cannot be reached, and leaves nothing', async () => {
  using place = folder()
  const { code, errors, out } = await setup(['--yes'], place.path, {
    THREADMILL_PYPI_MIRROR: 'http://127.0.0.1:9/simple/',
    PIP_RETRIES: '0',
  })
  assert.deepEqual([code, out], [1, ''])
  assert.match(
    errors,
    /Python with the data packages could not be set up: the package index .*cannot be reached/,
  )
  assert.match(
    errors,
    /hybrid file search could not be set up: .*THREADMILL_PYPI_MIRROR can name another one/,
  )
  assert.equal(existsSync(join(place.path, 'python')) || existsSync(join(place.path, 'embedding')), false)
})

test('setup says so where it is the proxy that cannot be reached, in lines that can be read', async () => {
  using place = folder()
  const { code, errors } = await setup(['--only', 'search', '--yes'], place.path, {
    THREADMILL_PYPI_MIRROR: 'https://packages.example/simple/',
    HTTPS_PROXY: 'http://me:secret@127.0.0.1:9',
    https_proxy: 'http://me:secret@127.0.0.1:9',
    NO_PROXY: '',
    no_proxy: '',
    PIP_RETRIES: '1',
    PIP_NO_INDEX: '',
    PIP_FIND_LINKS: '',
  })
  assert.equal(code, 1)
  assert.match(
    errors,
    /hybrid file search could not be set up: the proxy that HTTPS_PROXY .* names cannot be/,
  )
  const [, said = ''] = errors.split('refuses the connection:\n')
  assert.ok(said.split('\n').every((line) => line.length <= 301 && !/^[a-z]*=/.test(line)))
  assert.ok((said.match(/Retrying/g) ?? []).length <= 1)
  assert.doesNotMatch(errors, /secret/)
})

/** Runs `threadmill setup` in a terminal, and types this when it asks. */
async function answering(keys: string, dataDir: string) {
  const command = [process.execPath, 'src/main.ts', 'setup', '--only', 'search', '--data-dir', dataDir]
  const child = spawn('python3', ['test/terminal.py', '[Y/n]', keys, ...command], {
    env: {
      PATH: process.env['PATH'],
      THREADMILL_PYPI_MIRROR: 'http://127.0.0.1:9/simple/',
      PIP_RETRIES: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { shown, code: code as number }
}

const noTerminal =
  (process.platform === 'win32' || spawnSync('python3', ['-c', 'import pty']).status !== 0) &&
  'this machine has no Python that opens a terminal'

suite('setup in a terminal asks before it fetches', { skip: noTerminal }, () => {
  const wentOn = /Go on\? \[Y\/n\] [^]*hybrid file search could not be set up: the package index/
  for (const [what, keys, wanted, said, begun] of [
    ['y goes on', 'y\\r', 1, wentOn, true],
    ['Enter alone goes on', '\\r', 1, wentOn, true],
    ['n changes nothing', 'n\\r', 0, /Nothing was changed\./, false],
    ['No changes nothing', 'No\\r', 0, /Nothing was changed\./, false],
    [
      'anything else is asked again',
      'what\\rn\\r',
      0,
      /\[Y\/n\] [^]*\[Y\/n\] [^]*Nothing was changed\./,
      false,
    ],
    ['the end of the input (Ctrl-D) changes nothing', '\\x04', 0, /Nothing was changed\./, false],
    ['Ctrl-C breaks off', '\\x03', 130, /threadmill: broken off\./, false],
  ] as const) {
    test(what, async () => {
      using place = folder()
      const dataDir = join(place.path, 'data')
      const { shown, code } = await answering(keys, dataDir)
      assert.match(shown, said)
      assert.deepEqual([code, existsSync(dataDir)], [wanted, begun], shown)
    })
  }
})

test('setup names what an index lacks', async () => {
  using place = folder()
  await using index = await startMirror([])
  const { code, errors } = await setup(['--only', 'search', '--yes'], place.path, {
    THREADMILL_PYPI_MIRROR: `${index.url}/simple/`,
    PIP_NO_INDEX: '',
    PIP_FIND_LINKS: '',
  })
  assert.equal(code, 1)
  assert.match(errors, /the package index does not have it, or cannot be reached/)
  assert.equal(readdirSync(place.path).includes('embedding'), false)
})

test(
  'a Python that comes while a server runs is that of the next cell, also in a thread that had a session',
  { skip: process.platform !== 'linux' && 'no native sessions' },
  async () => {
    using place = folder()
    const python = join(place.path, 'python')
    // A folder without a Python: the server goes on to what the machine has.
    mkdirSync(python)
    await using server = await startCodeServer({ dataDir: place.path })
    const where = code('import sys; print(sys.prefix)')
    const s = await server.createFixture('prefix', [where, { text: 'There.' }, where, { text: 'Here.' }])
    const printed = async () => {
      const [call] = await s.calls((await s.run()).id)
      const [output] = call?.outputs ?? []
      return output?.type === 'logs' ? output.logs.trim() : ''
    }
    const environment = (await testPython()) ?? ''
    assert.notEqual(await printed(), environment)

    rmSync(python, { recursive: true })
    await createPythonFixture(place.path)
    await until(async () => {
      const { json } = await raw(server, 'GET', '/health')
      return json.code_interpreter.id.startsWith('jupyter') && json.code_interpreter.packages.skimage
    }, 120_000)
    assert.equal(await printed(), environment)
  },
)

test('setup takes the model from a hub of the settings, and says when that has it not', async () => {
  using place = folder()
  await using hub = await startMirror([])
  const env = { THREADMILL_MODEL_MIRROR: hub.url }
  const { code, errors } = await setup(['--only', 'search', '--yes'], place.path, env)
  assert.equal(code, 1)
  assert.match(errors, /from https?:\S+, the model from http:/)
  assert.match(errors, /hybrid file search could not be set up: http:\S+\/model_quantized\.onnx answered 404/)
  const { out } = await setup(['--dry-run', '--json', '--only', 'search'], place.path, env)
  assert.equal(JSON.parse(out).parts[0].state, 'missing')
})
