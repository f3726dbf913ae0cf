import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startMirror, wheel, type Wheel } from '../../../test/wheels.ts'
import { findInterpreter, onPath } from '../native/interpreter.ts'
import { sandboxUser } from '../sandbox-user.ts'
import { askPython, findBasePython, findPythonWithPip } from './base-python.ts'
import { findInstaller } from './installer.ts'
import { packagesOf } from './packages-of.ts'
import { setUpPython } from './set-up-python.ts'
import { SetupFailure } from './setup-failure.ts'

const uid = sandboxUser()
/** The packages have the names that the server looks for. */
const numpy = wheel('numpy', '1')
const [pandas, newPandas] = [wheel('pandas', '1'), wheel('pandas', '2')]
const matplotlib = wheel('matplotlib', '1')
const wheels = [numpy, pandas, newPandas, matplotlib]
const pin = ({ name, version, sha256 }: Wheel) => `${name}==${version} \\\n    --hash=sha256:${sha256}\n`
const all = pin(matplotlib) + pin(numpy) + pin(pandas)

/** A data folder. `mode` says whether the user of the sandbox can enter it. */
function dataFolder(mode = 0o755) {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'threadmill-setup-'))
  chmodSync(path, mode)
  return {
    path,
    environments: join(path, 'python-environments'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

/** The value of an expression in the Python of the environment. */
const asked = (folder: string, module: string) => {
  const code = `import ${module}; print(${module}.version)`
  return execFileSync(join(folder, 'python/bin/python3'), ['-I', '-c', code], { encoding: 'utf8' }).trim()
}

const hasUv = (await onPath('uv')) !== undefined

for (const kind of hasUv ? (['uv', 'pip'] as const) : (['pip'] as const)) {
  describe(`python setup with ${kind}`, () => {
    const options = { kind, imports: ['matplotlib', 'numpy', 'pandas'], ...(uid !== undefined && { uid }) }
    const setUp = (folder: string, requirements: string, url: string) =>
      setUpPython(folder, { ...options, requirements, mirror: `${url}/simple/` })

    test('makes an environment that the server finds, once', async () => {
      using data = dataFolder()
      await using index = await startMirror(wheels)
      const steps: [number, number][] = []
      const first = await setUpPython(data.path, {
        ...options,
        requirements: all,
        mirror: `${index.url}/simple/`,
        onProgress: (done, total) => steps.push([done, total]),
      })
      assert.equal(first.isNew, true)
      assert.deepEqual(
        [steps[0], steps.at(-1)],
        [
          [0, 3],
          [3, 3],
        ],
      )
      assert.equal(asked(data.path, 'pandas'), '1')
      const found = await findInterpreter(join(data.path, 'python'), uid)
      assert.ok('path' in found, JSON.stringify(found))
      assert.equal(found.path, join(realpathSync(join(data.path, 'python')), 'bin/python3'))

      const requests = index.asked.length
      const second = await setUp(data.path, all, index.url)
      assert.deepEqual(second, { ...first, isNew: false })
      assert.equal(index.asked.length, requests)
    })

    test('takes other requirements in its place, and keeps the former one for a server that runs', async () => {
      using data = dataFolder()
      await using index = await startMirror(wheels)
      const { path } = await setUp(data.path, all, index.url)
      await setUp(data.path, pin(matplotlib) + pin(numpy) + pin(newPandas), index.url)
      assert.equal(asked(data.path, 'pandas'), '2')
      assert.ok(existsSync(path))
      await setUp(data.path, pin(newPandas) + pin(matplotlib) + pin(numpy), index.url)
      assert.equal(existsSync(path), false)
      assert.equal(readdirSync(data.environments).length, 2)
    })

    test('goes on where it was broken off, without what was half there', async () => {
      using data = dataFolder()
      const more = Array.from({ length: 9 }, (_, at) => wheel(`package${at}`, '1'))
      const last = wheel('last', '1')
      const requirements = [...more, ...wheels.filter((one) => one !== newPandas), last].map(pin).join('')
      {
        await using index = await startMirror([...more, ...wheels])
        await assert.rejects(setUp(data.path, requirements, index.url), SetupFailure)
      }
      const [draft = ''] = readdirSync(data.environments)
      const [lib = ''] = readdirSync(join(data.environments, draft, 'lib'))
      const modules = join(data.environments, draft, 'lib', lib, 'site-packages')
      writeFileSync(join(modules, 'last.py'), 'a half of it')
      assert.ok(!existsSync(join(data.path, 'python')))

      await using index = await startMirror([...more, ...wheels, last])
      const { path } = await setUp(data.path, requirements, index.url)
      assert.equal(asked(data.path, 'last'), '1')
      assert.equal(asked(data.path, 'package0'), '1')
      assert.deepEqual(readdirSync(data.environments), [path.split('/').at(-1)])
      assert.ok(!existsSync(join(path, 'done.json')))
      const fetched = index.asked.filter((one) => one.endsWith('.whl'))
      assert.ok(!fetched.some((one) => /package[0-7]-/.test(one)), fetched.join())
    })

    test('two at a time make one, and both have it', async () => {
      using data = dataFolder()
      await using index = await startMirror(wheels)
      const both = await Promise.all([setUp(data.path, all, index.url), setUp(data.path, all, index.url)])
      assert.deepEqual(
        both.map(({ isNew }) => isNew).toSorted((a, b) => Number(a) - Number(b)),
        [false, true],
      )
      assert.equal(both[0].path, both[1].path)
      assert.equal(readdirSync(data.environments).length, 1)
      const fetched = index.asked.filter((url) => url.endsWith('.whl'))
      assert.deepEqual(fetched, [...new Set(fetched)])
    })

    test('refuses a package whose hash is another, and leaves what was there', async () => {
      using data = dataFolder()
      await using index = await startMirror(wheels)
      await setUp(data.path, all, index.url)
      const forged = pin(numpy) + pin({ ...newPandas, sha256: numpy.sha256 })
      await assert.rejects(setUp(data.path, forged, index.url), (error: Error) => {
        assert.ok(error instanceof SetupFailure)
        assert.match(error.message, /not the file that was expected \(sha256\)/)
        return true
      })
      assert.equal(asked(data.path, 'pandas'), '1')
      assert.equal(readdirSync(data.environments).length, 1)
    })

    test('killed half way leaves nothing that a server would take, and the next one starts anew', async () => {
      using data = dataFolder()
      {
        await using index = await startMirror(wheels, { stall: pandas.file })
        const settings = { ...options, requirements: all, mirror: `${index.url}/simple/` }
        const module = JSON.stringify(new URL('set-up-python.ts', import.meta.url).href)
        const code = `import { setUpPython } from ${module}\nawait setUpPython(...JSON.parse(process.argv[1]))`
        const args = ['--input-type=module', '-e', code, JSON.stringify([data.path, settings])]
        const child = spawn(process.execPath, args, { stdio: 'inherit' })
        await index.stalled
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      assert.equal(existsSync(join(data.path, 'python')), false)
      assert.equal(readdirSync(data.environments).length, 1)
      await using index = await startMirror(wheels)
      await setUp(data.path, all, index.url)
      assert.equal(asked(data.path, 'numpy'), '1')
      assert.equal(readdirSync(data.environments).length, 1)
    })

    test('says when the index cannot be reached, or has not what is needed', async () => {
      using data = dataFolder()
      const index = await startMirror([numpy])
      await assert.rejects(setUp(data.path, all, index.url), SetupFailure)
      await index[Symbol.asyncDispose]()
      await assert.rejects(setUp(data.path, all, index.url), /cannot be reached; THREADMILL_PYPI_MIRROR/)
      assert.equal(existsSync(join(data.path, 'python')), false)
      assert.deepEqual(readdirSync(data.environments), [])
    })

    test('an environment that does not work is not taken', async () => {
      using data = dataFolder()
      await using index = await startMirror(wheels)
      await assert.rejects(
        setUp(data.path, pin(numpy) + pin(matplotlib), index.url),
        /does not work: .*No module named 'pandas'/,
      )
      assert.equal(existsSync(join(data.path, 'python')), false)
    })

    test('a data folder that only root can look into', async (t) => {
      if (uid === undefined) return t.diagnostic('the server is not root')
      using data = dataFolder(0o700)
      await using index = await startMirror(wheels)
      const { path } = await setUp(data.path, all, index.url)
      try {
        const found = await findInterpreter(join(data.path, 'python'), uid)
        assert.equal('path' in found && found.path, join(path, 'bin/python3'))
      } finally {
        rmSync(join(path, '..'), { recursive: true })
      }
    })
  })
}

test('a Python that brings no pip along gets its packages by the pip of another', async (t) => {
  const other = await findPythonWithPip()
  if (!other) return t.diagnostic('no Python here has pip')
  using data = dataFolder()
  await using index = await startMirror(wheels)
  const base = { ...(await findBasePython(uid)), hasEnsurepip: false }
  const installer = await findInstaller(base, { kind: 'pip', mirror: `${index.url}/simple/` })
  const requirements = join(data.path, 'requirements.txt')
  writeFileSync(requirements, pin(numpy))
  await installer.makeEnvironment(join(data.path, 'python'))
  await installer.install(join(data.path, 'python'), requirements)
  assert.equal(asked(data.path, 'numpy'), '1')
  assert.equal(existsSync(join(data.path, 'python/bin/pip')), false)
})

for (const [what, lacks] of [
  ['venv', { hasVenv: false, hasEnsurepip: false }],
  ['venv, beside another Python that has pip', { hasVenv: false }],
] as const) {
  test(`a Python without ${what} makes nothing, and says what to install`, async () => {
    using data = dataFolder()
    const base = { ...(await findBasePython(uid)), ...lacks }
    const installer = await findInstaller(base, { kind: 'pip' })
    await assert.rejects(installer.makeEnvironment(join(data.path, 'python')), (error) => {
      assert.ok(error instanceof SetupFailure)
      assert.match(
        error.message,
        /cannot make environments: install python3-venv \(Debian: .*python3\.\d+-venv\) or uv/,
      )
      return true
    })
    assert.deepEqual(readdirSync(data.path), [])
  })
}

test('an environment that is active stands for the Python from which it was made', async () => {
  using data = dataFolder()
  const base = await findBasePython(uid)
  const active = join(data.path, 'active')
  execFileSync(base.path, ['-I', '-m', 'venv', '--without-pip', active])
  assert.deepEqual(
    await askPython(join(active, 'bin/python3'), uid),
    await askPython(realpathSync(base.path), uid),
  )
})

test('a folder of somebody else is left alone', async () => {
  using data = dataFolder()
  mkdirSync(join(data.path, 'python'))
  await assert.rejects(setUpPython(data.path, { requirements: all }), /was not made by this command/)
})

test('the requirements pin and hash everything that is asked for, and name no registry', async (t) => {
  const folder = new URL('.', import.meta.url)
  const text = await readFile(new URL('requirements.txt', folder), 'utf8')
  const wanted = (await readFile(new URL('requirements.in', folder), 'utf8')).match(/^[a-z].*/gm) ?? []
  const packages = packagesOf(text)
  assert.deepEqual(
    wanted.filter((name) => !packages.has(name)),
    [],
  )
  for (const [name, entry] of packages)
    assert.match(entry, /^\S+==\S+.*( \\\n {4}--hash=sha256:[0-9a-f]{64})+\n/, name)
  assert.doesNotMatch(text, /https?:|index-url|find-links/)
  t.diagnostic(
    `installers tried here: pip${hasUv ? ' and uv' : ''}; Python ${(await findBasePython(uid)).version}`,
  )
})
