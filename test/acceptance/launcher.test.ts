import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { listening, spawnProgram, temporaryFolder, withoutDiscovery } from './child.ts'

const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'bin/threadmill.js')
const run = promisify(execFile)

for (const version of ['18.20.8', '20.20.2', '24.11.1']) {
  test(`Node ${version} is told in one sentence which Node is needed`, async () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
    const parameters = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, launcher]
    await using old = spawnProgram(process.execPath, parameters, {})
    assert.deepEqual(await old.exited, { code: 1, signal: null })
    assert.equal(old.stdout, '')
    assert.match(old.stderr, /^Threadmill needs Node 24\.12 or newer; this is [\d.]+\. .*\n$/)
  })
}

test('a real Node of this machine, when it is too old, says the same without npm', async (t) => {
  const { stdout } = await run('/bin/sh', ['-c', 'PATH=$1; command -v node', 'sh', otherPath()]).catch(
    () => ({
      stdout: '',
    }),
  )
  const node = stdout.trim()
  const version = node && (await run(node, ['-p', 'process.versions.node'])).stdout.trim()
  if (!/^(1\d|2[0-3])\./.test(version)) return t.skip(`no older Node on the PATH, but ${version || 'none'}`)
  await using old = spawnProgram(node, [launcher, '--version'], {})
  assert.deepEqual(await old.exited, { code: 1, signal: null })
  assert.match(old.stderr, /^Threadmill needs Node 24\.12 or newer; this is [\d.]+\. .*\n$/)
})

/** Without the folders that npm puts before the others for its scripts. */
const otherPath = () =>
  (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':')

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} to "npm start" ends the server, which lets go of its port`, async () => {
    using folder = temporaryFolder()
    const settings = {
      HOME: folder.path,
      THREADMILL_CODE_INTERPRETER: 'off',
      THREADMILL_CONFIG: withoutDiscovery,
      THREADMILL_DATA_DIR: join(folder.path, 'data'),
      THREADMILL_PORT: '0',
    }
    await using npm = spawnProgram('npm', ['start'], settings, root)
    const url = await listening(npm)
    npm.signal(signal)
    await npm.exited
    await assert.rejects(fetch(`${url}/health`), TypeError)
  })
}

test('the package carries the pages that its words lead to', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root })
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[]
  const paths = packed?.files.map(({ path }) => path) ?? []
  for (const page of ['README.md', 'COMPATIBILITY.md', 'docs/models.md', 'docs/operations.md']) {
    assert.ok(paths.includes(page), page)
  }
})

test('the package has no script that npm would ask about when it is installed from a file', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const asked = ['preinstall', 'install', 'postinstall', 'prepare']
  assert.deepEqual(
    Object.keys(scripts).filter((name) => asked.includes(name)),
    [],
  )
})
