import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { startMirror, wheel, type Wheel } from '../../../../test/wheels.ts'
import { all, cacheDir, error, result, status, text } from '../../behaviour/pair.test.ts'
import { defaultSandboxLimits } from '../../default-limits.ts'
import { sandboxCacheFolder } from '../../write-folder.ts'
import { findBwrap } from '../../launchers/bwrap.ts'
import { findLandlock } from '../../launchers/landlock.ts'
import { nodePermission } from '../../launchers/permission.ts'
import { findUnshare } from '../../launchers/unshare.ts'
import type { Kernel } from '../../sandbox.ts'
import { sandboxUser } from '../../sandbox-user.ts'
import { pyodideProvider } from '../provider.ts'
import { makeRuntimeFolder } from '../runtime-folder.ts'
import { lockedSet } from './locked-set.ts'
import { folderOf, PrefetchFailure, type PackageSet } from './package-set.ts'
import { pinnedSet } from './pinned-set.ts'
import { prefetch } from './prefetch.ts'
import { defaultSets } from './default-sets.ts'

const uid = sandboxUser()
const parent = await sandboxCacheFolder(cacheDir, uid)
/** Makes the names of each run unique, so that files of an earlier run are not taken for fetched ones. */
const run = Date.now()
const seed = wheel('seed', `1.${run}`)
const fruit = wheel('fruit', `1.${run}`, {
  'fruit/__init__.py':
    'import seed\nfrom pathlib import Path\ndef taste(): return Path(__file__).with_name("taste.txt").read_text()\n',
  'fruit/taste.txt': 'sweet',
  'fruit/template.py': 'this is {{ no }} Python',
})

const entry = ({ name, version, file, sha256 }: Wheel, depends: string[] = []) => ({
  name,
  version,
  file_name: file,
  sha256,
  imports: [name],
  depends,
  package_type: 'package',
})
const lock = { packages: { seed: entry(seed), fruit: entry(fruit, ['Seed']) } }
const forgedLock = { packages: { ...lock.packages, seed: entry({ ...seed, sha256: fruit.sha256 }) } }
const forget = (set: PackageSet) => {
  rmSync(folderOf(parent, set), { recursive: true, force: true })
  rmSync(`${folderOf(parent, set)}.fetched`, { recursive: true, force: true })
}

test('fetches what is wanted and what that needs, once, and compiles it', async () => {
  await using mirror = await startMirror([seed, fruit])
  const set = lockedSet(lock, ['fruit'], mirror.url)
  const steps: string[] = []
  const options = {
    uid,
    onFetched: (done: number, of: number) => steps.push(`fetched ${done}/${of}`),
    onUnpacked: (done: number, of: number) => steps.push(`unpacked ${done}/${of}`),
  }
  try {
    assert.equal(await prefetch(cacheDir, set, options), true)
    assert.equal(steps.join(), 'fetched 0/2,fetched 1/2,fetched 2/2,unpacked 0/2,unpacked 1/2,unpacked 2/2')
    assert.deepEqual(mirror.asked, [`/${fruit.file}`, `/${seed.file}`])
    const folder = folderOf(parent, set)
    const compiled = join(folder, '__pycache__/seed.cpython-314.pyc')
    assert.equal(readFileSync(compiled).readUInt32LE(4), 1, 'an unchecked hash')
    const names = readdirSync(join(folder, 'fruit')).toSorted()
    assert.equal(names.join(), '__init__.py,__pycache__,taste.txt,template.py')
    assert.equal(existsSync(`${folder}.fetched`), false)

    assert.equal(await prefetch(cacheDir, set, options), false)
    assert.equal(mirror.asked.length, 2)
  } finally {
    forget(set)
  }
})

test('a file whose sha256 is another is refused and not kept; what was right is not fetched again', async () => {
  await using mirror = await startMirror([seed, fruit])
  const forged = lockedSet(forgedLock, ['fruit'], mirror.url)
  try {
    await assert.rejects(prefetch(cacheDir, forged, { uid }), (failure: Error) => {
      assert.ok(failure instanceof PrefetchFailure)
      assert.match(failure.message, /seed.*is not the file that was expected \(sha256\)/)
      return true
    })
    assert.equal(existsSync(folderOf(parent, forged)), false)
    assert.deepEqual(readdirSync(`${folderOf(parent, forged)}.fetched`), [fruit.file])
    await assert.rejects(prefetch(cacheDir, forged, { uid }), PrefetchFailure)
    assert.deepEqual(mirror.asked, [`/${fruit.file}`, `/${seed.file}`, `/${seed.file}`])
  } finally {
    forget(forged)
  }
})

test('a mirror that cannot be reached, or has not what is needed, is named', async () => {
  const mirror = await startMirror([fruit])
  const set = lockedSet(lock, ['fruit'], mirror.url)
  try {
    await assert.rejects(prefetch(cacheDir, set, { uid }), /seed.* answered 404/)
    await mirror[Symbol.asyncDispose]()
    await assert.rejects(prefetch(cacheDir, set, { uid }), /cannot be reached; THREADMILL_PYODIDE_MIRROR/)
  } finally {
    forget(set)
  }
})

test('packages that the lock file lacks come from an index by pip, and only with the pinned hash', async () => {
  await using index = await startMirror([seed])
  const pin = `seed==${seed.version} \\\n    --hash=sha256:${seed.sha256}\n`
  const set = pinnedSet(pin, { seed: 'seed' }, `${index.url}/simple/`)
  const forged = pinnedSet(pin.replace(seed.sha256, fruit.sha256), { seed: 'seed' }, `${index.url}/simple/`)
  try {
    assert.equal(await prefetch(cacheDir, set, { uid }), true)
    assert.ok(existsSync(join(folderOf(parent, set), 'seed.py')))
    await assert.rejects(prefetch(cacheDir, forged, { uid }), /not the file that was expected \(sha256\)/)
    assert.equal(existsSync(folderOf(parent, forged)), false)
  } finally {
    forget(set)
    forget(forged)
  }
})

test('the usual sets are in the lock file and in the pinned requirements', async () => {
  const sets = await defaultSets()
  const names = sets.flatMap(({ packages }) => packages.map(({ name }) => name))
  for (const name of ['numpy', 'pandas', 'matplotlib', 'scipy', 'openpyxl'])
    assert.ok(names.includes(name), name)
  assert.equal(new Set(names).size, names.length)
})

/** The sessions below read another set than the tests above. */
const nut = wheel('nut', `1.${run}`)
const known = { packages: { ...lock.packages, nut: entry(nut), tree: { ...entry(nut), imports: ['tree'] } } }
const mirror = await startMirror([seed, fruit, nut])
const fetched = lockedSet(known, ['fruit', 'nut'], mirror.url)
await prefetch(cacheDir, fetched, { uid })
await mirror[Symbol.asyncDispose]()
const runtime = await makeRuntimeFolder(cacheDir, uid, [fetched, lockedSet(known, ['tree'], '')])
after(() => forget(fetched))

for (const launcher of [
  await findBwrap(),
  await findLandlock({ cacheDir, uid }),
  await findUnshare(uid),
  nodePermission(),
]) {
  if (!launcher || 'reason' in launcher) continue
  describe(`fetched packages in pyodide+${launcher.id}`, () => {
    const provider = pyodideProvider({
      runtime,
      launcher,
      limits: defaultSandboxLimits,
      uid,
      wanted: 'pyodide',
    })
    let kernel: Kernel
    const cell = (code: string) => all(kernel.run(code, {}))

    test('are there without a network, compiled, with their data', async () => {
      await provider.prepare(new AbortController().signal)
      kernel = await provider.open({})
      const outputs = await cell(
        'import fruit, seed\nprint(fruit.taste(), fruit.__spec__.cached)\nseed.version',
      )
      assert.equal(text(outputs), 'sweet /lib/packages/pyodide/fruit/__pycache__/__init__.cpython-314.pyc\n')
      assert.equal(result(outputs), `'${seed.version}'`)
      assert.deepEqual(provider.packages, { fruit: fruit.version, nut: nut.version })
    })

    test('cannot be changed', async () => {
      for (const change of [
        'open("/lib/packages/pyodide/seed.py", "w")',
        'open("/lib/packages/pyodide/seed.py", "r+")',
        'open("/lib/packages/pyodide/new", "x")',
        'import os; os.remove("/lib/packages/pyodide/seed.py")',
        'import os; os.rename("/lib/packages/pyodide/seed.py", "/lib/packages/pyodide/tree.py")',
        'import os; os.mkdir("/lib/packages/pyodide/new")',
        'import os; os.symlink("/x", "/lib/packages/pyodide/new")',
      ]) {
        const failed = error(await cell(change))
        assert.match(failed?.evalue ?? '', /Read-only file system|Permission denied|not permitted/, change)
      }
      assert.equal(status(await cell('print(1)')), 'ok')
      assert.equal(
        readFileSync(join(folderOf(parent, fetched), 'seed.py'), 'utf8'),
        `version = '${seed.version}'\n`,
      )
    })

    test('and what has not been fetched says how it could be', async () => {
      const failed = error(await cell('import tree'))
      assert.equal(failed?.ename, 'ModuleNotFoundError')
      assert.match(failed?.traceback ?? '', /No module named 'tree'\n.*threadmill python prefetch/)
      const unknown = error(await cell('import no_such_thing'))
      assert.doesNotMatch(unknown?.traceback ?? 'prefetch', /prefetch/)
      await kernel.close()
    })
  })
}
