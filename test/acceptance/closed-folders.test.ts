import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { othersReach, sandboxCacheFolder } from '../../src/sandbox/write-folder.ts'

/** An ordinary user: who runs the tests, or where that is root, one without a name. */
const ordinary = process.getuid?.() === 0 ? 61_234 : undefined
const me = ordinary === undefined ? userInfo().username : String(ordinary)
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const canTry =
  process.platform !== 'win32' && (ordinary === undefined || [main, process.execPath].every(othersReach))

suite(
  'folders that another user has made',
  { skip: !canTry && 'an ordinary user cannot read this clone here' },
  () => {
    const home = mkdtempSync(join(tmpdir(), 'threadmill-closed-'))
    const dataDir = join(home, 'data')
    after(() => rmSync(home, { recursive: true, force: true }))
    give(home)

    function give(path: string): void {
      if (ordinary !== undefined) chownSync(path, ordinary, ordinary)
    }
    /** Root's where the tests run as root, and else without any permission. */
    function close(path: string, isFile: boolean): void {
      mkdirSync(dirname(path), { recursive: true })
      if (isFile) writeFileSync(path, '')
      else mkdirSync(path)
      chmodSync(path, ordinary === undefined ? 0 : 0o700)
    }
    function begin(path: string): void {
      rmSync(dataDir, { recursive: true, force: true })
      for (const folder of [dataDir, dirname(path)]) {
        mkdirSync(folder, { recursive: true })
        give(folder)
      }
    }
    function threadmill(...args: string[]): { code: number | null; lines: string[] } {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [main, ...args, '--data-dir', dataDir, '--port', '0'],
        {
          cwd: '/',
          env: { HOME: home, PATH: '/usr/bin:/bin', THREADMILL_CODE_INTERPRETER: 'off' },
          timeout: 240_000,
          encoding: 'utf8',
          ...(ordinary !== undefined && { uid: ordinary, gid: ordinary }),
        },
      )
      return { code: status, lines: `${stdout}${stderr}`.split('\n') }
    }
    const advice = (path: string) =>
      ordinary === undefined
        ? `${path} belongs to ${me} and is closed to its owner: chmod -R u+rwX ${dataDir}`
        : `${path} belongs to root and is closed to ${me}: sudo chown -R ${me} ${dataDir}`

    const places = ['files', 'files/unfinished', 'servers', 'threadmill.db', 'api-key']
    for (const name of places)
      test(`${name}: the start ends with one line that says whose it is, and how to open it`, () => {
        const path = join(dataDir, name)
        begin(path)
        close(path, name === 'threadmill.db' || name === 'api-key')
        const { code, lines } = threadmill()
        assert.equal(code, 1, lines.join('\n'))
        assert.equal(lines.filter((line) => line.includes(advice(path))).length, 1, lines.join('\n'))
      })

    for (const name of [
      ...places.slice(0, -1),
      'cache',
      'models',
      'python-environments',
      'embedding-environments',
    ])
      test(`${name}: doctor names it and goes on`, () => {
        const path = join(dataDir, name)
        begin(path)
        close(path, name === 'threadmill.db')
        const { code, lines } = threadmill('doctor')
        assert.equal(code, 1)
        assert.ok(
          lines.some((line) => line.startsWith('  fail') && line.endsWith(advice(path))),
          lines.join('\n'),
        )
        assert.ok(
          lines.some((line) => line.includes('Code interpreter  switched off')),
          lines.join('\n'),
        )
      })

    for (const name of ['cache', 'models', 'embedding-environments', 'embedding-environments.lock'])
      test(`${name}: setup says so before it fetches anything`, () => {
        const path = join(dataDir, name)
        begin(path)
        close(path, name.endsWith('.lock'))
        const { code, lines } = threadmill('setup', '--only', 'search', '--yes')
        assert.equal(code, 2, lines.join('\n'))
        assert.ok(lines.includes(`threadmill: ${advice(path)}`), lines.join('\n'))
      })

    const notRoot = ordinary === undefined && 'only root can use folders of others'
    test(
      'what root tries out leaves nothing in a data folder that is closed to others',
      { skip: notRoot },
      async () => {
        begin(join(dataDir, 'cache'))
        chmodSync(dataDir, 0o700)
        const folder = await sandboxCacheFolder(join(dataDir, 'cache'), 65_534)
        assert.equal(folder, '/var/cache/threadmill')
        assert.deepEqual(readdirSync(dataDir), [])
      },
    )

    test('a data folder of another user is not begun in', () => {
      rmSync(dataDir, { recursive: true, force: true })
      close(dataDir, false)
      for (const args of [[], ['setup', '--only', 'search', '--yes']]) {
        const { code, lines } = threadmill(...args)
        assert.equal(code, 2, lines.join('\n'))
        assert.ok(
          lines.some((line) => line.endsWith(advice(dataDir))),
          lines.join('\n'),
        )
      }
    })

    test('what is above a data folder is not given away: the folder is named that can be made', () => {
      rmSync(dataDir, { recursive: true, force: true })
      chmodSync(home, ordinary === undefined ? 0o500 : 0o755)
      if (ordinary !== undefined) chownSync(home, 0, 0)
      const { code, lines } = threadmill()
      chmodSync(home, 0o700)
      give(home)
      assert.equal(code, 2)
      const made = `or make it: sudo install -d -m 700 -o ${me} ${dataDir}`
      assert.ok(
        lines.some((line) => line.endsWith(made)),
        lines.join('\n'),
      )
      assert.ok(!lines.some((line) => line.includes('chown')), lines.join('\n'))
    })
  },
)
