import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { all, cacheDir, result } from '../behaviour/pair.test.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import { openPyodide, preparation } from '../pyodide/open-pyodide.ts'
import { makeRuntimeFolder } from '../pyodide/runtime-folder.ts'
import { processLimits } from './launcher.ts'
import { findSandboxExec } from './sandbox-exec.ts'
import { seatbeltProfile } from './seatbelt-profile.ts'

// These tests need no Mac. The profile is parsed as Seatbelt does it, and a fake sandbox-exec runs the program.

type Form = string | Form[]

/** The S-expressions of a profile. Throws when an expression is incomplete. */
function read(text: string): Form[] {
  const tokens = text.match(/"[^"\\]*"|[()]|[^\s()"]+|;[^\n]*|\S/g) ?? []
  const stack: Form[][] = [[]]
  for (const token of tokens) {
    if (token === '(') stack.push([])
    else if (token === ')') {
      const list = stack.pop()!
      assert.ok(stack.length > 0, 'a parenthesis too many')
      stack.at(-1)!.push(list)
    } else stack.at(-1)!.push(token)
  }
  assert.equal(stack.length, 1, 'a parenthesis is not closed')
  return stack[0]!
}

const node = '/Users/somebody/.nvm/versions/node/v26.10.0/bin/node'
const folder = '/Users/somebody/data/cache/pyodide-1'

/** The rules after the first two forms, as operations and filters. */
function rules(profile: Form[]) {
  return profile.slice(2).map((form) => {
    assert.ok(Array.isArray(form))
    const [action, ...rest] = form
    assert.equal(action, 'allow')
    const operations = rest.filter((part) => typeof part === 'string')
    const filters = rest.filter((part) => Array.isArray(part)) as [string, Form][]
    assert.ok(filters.length > 0, 'nothing is allowed without saying to what')
    return { operations, filters }
  })
}

describe('the profile for sandbox-exec', () => {
  const { text, parameters } = seatbeltProfile(node, [folder])
  const profile = read(text)
  const of = (operation: string) =>
    rules(profile)
      .filter(({ operations }) => operations.includes(operation))
      .flatMap(({ filters }) => filters)

  test('denies everything first', () => {
    assert.deepEqual(profile.slice(0, 2), [
      ['version', '1'],
      ['deny', 'default', ['with', 'no-log']],
    ])
  })

  test('allows reading, and one program: no network, no writing, no fork, no service of the system', () => {
    assert.deepEqual([...new Set(rules(profile).flatMap(({ operations }) => operations))].toSorted(), [
      'file-map-executable',
      'file-read*',
      'file-read-metadata',
      'process-exec',
      'process-info*',
      'signal',
      'sysctl-read',
    ])
  })

  test('executes Node alone, and signals and looks at itself alone', () => {
    assert.deepEqual(of('process-exec'), [['literal', ['param', '"NODE_0"']]])
    assert.deepEqual(of('signal'), [['target', 'self']])
    assert.deepEqual(of('process-info*'), [['target', 'self']])
  })

  test('reads libraries of the system, its own folder, and single files, none of them somebody’s', () => {
    const folders = of('file-read*').filter(([kind]) => kind === 'subpath')
    const constant = folders.map(([, path]) => path).filter((path) => typeof path === 'string')
    for (const path of constant) {
      assert.match(path, /^"(\/usr\/(lib|share)|\/System|\/private\/var\/db\/(dyld|timezone))[\w/.]*"$/)
      assert.notEqual(path, '"/System"')
    }
    const named = folders.flatMap(([, path]) => (typeof path === 'string' ? [] : [path]))
    assert.deepEqual(named, [['param', '"READ_0"']])
    assert.deepEqual(parameters['READ_0'], folder)
    assert.ok(!text.includes('/Users'), 'paths of people are parameters')
  })

  test('maps as programs only what comes with the system, and Node', () => {
    const mapped = of('file-map-executable').map(([, path]) => path)
    for (const path of mapped) {
      if (typeof path === 'string') assert.match(path, /^"\/(usr\/lib|System|private\/var\/db\/dyld)/)
      else assert.deepEqual(path, ['param', '"NODE_0"'])
    }
  })

  test('asks the kernel by name, and never for other processes', () => {
    for (const [kind, name] of of('sysctl-read')) {
      assert.ok(kind === 'sysctl-name' || (kind === 'sysctl-name-prefix' && String(name).startsWith('"hw.')))
      assert.doesNotMatch(String(name), /proc(args|\.p)|^"kern"$|^"hw\."$/)
    }
  })

  test('sees of folders above only that they are there', () => {
    const above = of('file-read-metadata').map(([kind, path]) => {
      assert.equal(kind, 'literal')
      return parameters[String((path as string[])[1]).replaceAll('"', '')]
    })
    assert.deepEqual(above.slice(0, 4), [
      '/Users/somebody/.nvm/versions/node/v26.10.0/bin',
      '/Users/somebody/.nvm/versions/node/v26.10.0',
      '/Users/somebody/.nvm/versions/node',
      '/Users/somebody/.nvm/versions',
    ])
    assert.ok(above.includes('/Users/somebody/data/cache'))
  })

  test('every parameter is given, and none for nothing', () => {
    const used = [...text.matchAll(/\(param "(\w+)"\)/g)].map(([, name]) => name)
    assert.deepEqual(new Set(used), new Set(Object.keys(parameters)))
  })

  for (const evil of [
    '/a") (allow network*) (subpath "/',
    '/a\\',
    "/a' b",
    '/a\n(allow default)\n',
    '/a;b',
    '/a(param "NODE_0")',
  ]) {
    test(`a path cannot bring rules: ${JSON.stringify(evil)}`, () => {
      const strange = seatbeltProfile(`${evil}/node`, [evil])
      const plain = seatbeltProfile('/b/node', ['/b'])
      assert.equal(strange.parameters['READ_0'], evil)
      // This part is left out because it depends on the number of folders above each path.
      const withoutAbove = (text: string) => text.slice(0, text.indexOf('(allow file-read-metadata'))
      assert.equal(withoutAbove(strange.text), withoutAbove(plain.text))
      assert.ok(read(strange.text).length === profile.length)
    })
  }

  test('a Node of Homebrew or Nix may read the libraries that it is linked to', () => {
    const homebrew = seatbeltProfile('/opt/homebrew/Cellar/node/26.10.0/bin/node', [folder])
    const paths = Object.values(homebrew.parameters)
    for (const name of ['Cellar', 'opt', 'lib']) assert.ok(paths.includes(`/opt/homebrew/${name}`))
    assert.ok(
      !Object.entries(homebrew.parameters).some(([key, path]) => !key.startsWith('ABOVE') && path === '/opt'),
    )
    assert.ok(
      Object.values(seatbeltProfile('/nix/store/x-node/bin/node', []).parameters).includes('/nix/store'),
    )
  })
})

describe('sandbox-exec', () => {
  let place: string
  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'seatbelt-'))
    await chmod(place, 0o755)
  })
  after(() => rm(place, { recursive: true }))

  /** Checks its arguments as far as a shell can, and confines nothing. */
  const standIn = `#!/bin/sh
[ "$1" = -p ] || exit 64
case "$2" in '(version 1)
(deny default'*) ;; *) exit 65 ;; esac
shift 2
while [ "$1" = -D ]; do
  case "$2" in NODE_0=*) node=\${2#NODE_0=} ;; esac
  shift 2
done
[ "$1" = "$node" ] || exit 66
[ "$(ulimit -c) $(ulimit -f) $(ulimit -n) $(ulimit -t)" = '0 0 256 ${processLimits({ limits: defaultSandboxLimits }).cpu}' ] || exit 67
exec "$@"
`

  test('a kernel starts through its command line, with limits of the shell', async () => {
    const program = join(place, 'sandbox-exec')
    await writeFile(program, standIn, { mode: 0o755 })
    const launcher = findSandboxExec(program)!
    assert.equal(launcher.isolation, 'sandbox-exec')
    const uid = process.getuid?.() === 0 ? 65_534 : undefined
    const runtime = await makeRuntimeFolder(cacheDir, uid)
    const limits = { ...defaultSandboxLimits, startMs: 30_000 }
    const kernel = await openPyodide({ runtime, launcher, limits, uid }, preparation(runtime))
    assert.equal(result(await all(kernel.run('1 + 1', {}))), '2')
    await kernel.close()
  })

  test('a limit that cannot be set ends the start', () => {
    const { file, args } = findSandboxExec('/bin/echo')!.wrap({
      argv: [process.execPath],
      readOnly: [],
      limits: { ...defaultSandboxLimits, cpuSeconds: Number.NaN },
    })
    assert.equal(file, '/bin/sh')
    const { status, stdout } = spawnSync(file, args, { env: {} })
    assert.notEqual(status, 0)
    assert.equal(String(stdout), '')
  })

  test('it is looked for on macOS only', () => {
    assert.equal(findSandboxExec() === undefined, process.platform !== 'darwin')
  })
})
