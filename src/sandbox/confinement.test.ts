import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { placeCanaries, type Canaries, type Traps } from './self-test/canaries.ts'
import { chooseProvider } from './choose-provider.ts'
import { defaultSandboxLimits } from './default-limits.ts'
import { tryLauncher } from './launchers/attempts.ts'
import { findBwrap } from './launchers/bwrap.ts'
import { findLandlock } from './launchers/landlock.ts'
import type { Launcher } from './launchers/launcher.ts'
import { nodePermission } from './launchers/permission.ts'
import { findUnshare } from './launchers/unshare.ts'
import { openPyodide, preparation, type PyodideEngine } from './pyodide/open-pyodide.ts'
import { pyodideProvider } from './pyodide/provider.ts'
import { makeRuntimeFolder } from './pyodide/runtime-folder.ts'
import type { Kernel, KernelOutput } from './sandbox.ts'
import { descendants } from '../../test/security/processes.ts'

const cacheDir = join(import.meta.dirname, '../../node_modules/.cache/threadmill')
const uid = process.getuid?.() === 0 ? 65_534 : undefined
const limits = { ...defaultSandboxLimits, startMs: 30_000, graceMs: 1000 }
const runtime = await makeRuntimeFolder(cacheDir, uid)
const signal = new AbortController().signal

const landlock = await findLandlock({ cacheDir, uid })
const launchers = [
  await findBwrap(),
  'reason' in landlock ? undefined : landlock,
  await findUnshare(uid),
  nodePermission(),
].filter((found) => found !== undefined)
const engineWith = (launcher: Launcher): PyodideEngine => ({ runtime, launcher, limits, uid })
const open = (launcher: Launcher) => openPyodide(engineWith(launcher), preparation(runtime))
/** The launchers that work on this machine. The others are reported and do not count as passed. */
const working: Launcher[] = []
for (const launcher of launchers) {
  const provider = pyodideProvider(engineWith(launcher))
  const { ok } = await provider.probe(signal)
  if (!ok) continue
  working.push(launcher)
  await provider.prepare(signal)
  await provider.close?.()
}

test('which launchers are tested here', (t) => {
  const missing = ['bwrap', 'landlock', 'unshare', 'permission'].filter(
    (id) => !working.some((one) => one.id === id),
  )
  t.diagnostic(
    `tested: ${working.map(({ id }) => id).join(', ')}; not on this machine: ${missing.join(', ') || 'none'}`,
  )
  assert.ok(working.length > 0)
})

/**
 * Attempts that the programs of test/security/ do not make. They pass when no canary was reached, whatever the code
 * prints.
 */
const attempts: Record<string, (traps: Traps) => string> = {
  'S11 writing the runtime': () =>
    `import js\nfs = js.process.getBuiltinModule('node:fs')\nfor p in ('${runtime.path}/harness.py', '${runtime.path}/x', '/tmp/x', '/dev/shm/x'):\n    try: fs.writeFileSync(p, 'x'); print('LEAK', p)\n    except Exception as e: print(e)`,
  'S13 the interrupt flag': () =>
    `import js\nfs = js.process.getBuiltinModule('node:fs')\nfor f in (lambda: fs.writeSync(3, 'x'), lambda: fs.ftruncateSync(3, 1 << 30), lambda: fs.writeFileSync('/proc/self/fd/3', 'x'), lambda: fs.fchmodSync(3, 0o777)):\n    try: f(); print('LEAK')\n    except Exception as e: print(e)`,
  'K04 fatal: system() of the C library': ({ folder }) =>
    `import ctypes\nctypes.CDLL(None).system(b'echo x > ${folder}/system')`,
}

for (const launcher of working) {
  describe(`with ${launcher.id}`, () => {
    let kernel: Kernel
    let canaries: Canaries
    before(async () => {
      canaries = await placeCanaries(runtime.node, uid)
      kernel = await open(launcher)
    })
    after(async () => {
      await kernel.close()
      await canaries[Symbol.asyncDispose]()
    })

    async function attempt(code: string): Promise<string> {
      const said = JSON.stringify(await outputs(kernel, code))
      if (said.includes('"died"')) kernel = await open(launcher)
      await wait(20)
      return said
    }

    for (const [name, code] of Object.entries(attempts)) {
      test(name, async () => {
        const said = await attempt(code(canaries.traps))
        assert.doesNotMatch(said, /LEAK/)
        assert.deepEqual(await canaries.leaks(said), [])
        assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
      })
    }

    if (launcher.isolation !== 'seat belt') {
      test('the launcher alone holds, also against a program without the permission model', async () => {
        assert.deepEqual(await tryLauncher(launcher, runtime.node, canaries, { uid }), [])
      })
    }

    const forged: Record<string, [string, RegExp]> = {
      'no JSON': [`b'nonsense\\n'`, /"died"/],
      'no event': [`b'{"ev":"open","id":1}\\n'`, /"died"/],
      'an endless line': [`b'x' * (2 << 20)`, /"died"/],
      'a bad header': [`b'#1 99999999\\n'`, /"died"/],
      'bytes that nobody asked for': [`b'#999 3\\nabc'`, /"42"/],
      'events of another call': [`b'{"ev":"stream","id":99999,"name":"stdout","text":"forged"}\\n'`, /"42"/],
      'a flood for another call': [
        `b'{"ev":"stream","id":99999,"name":"stdout","text":"forged"}\\n' * 200_000`,
        /"died"/,
      ],
    }
    for (const [name, [bytes, expected]] of Object.entries(forged)) {
      test(`R06 forged frames: ${name}`, async () => {
        const said = await attempt(
          `import js\nfrom pyodide.ffi import to_js\nfs = js.process.getBuiltinModule('node:fs')\ndata = ${bytes}\nwhile data: data = data[fs.writeSync(1, to_js(data[:65536])):]\n42`,
        )
        assert.match(said, expected)
        assert.doesNotMatch(said, /forged/)
      })
    }

    test('R06 a forged end of a call ends it once, and the next call is answered', async () => {
      const forge = `import js, sys
fs = js.process.getBuiltinModule('node:fs')
own = sys.modules['_harness'].cell.id
for i in [*range(100), own, own, *range(own + 1, own + 100)]:
    fs.writeSync(1, '{"ev":"done","id":%d,"status":"ok","truncated":false}' % i + chr(10))`
      const found = await outputs(kernel, forge)
      assert.equal(found.filter(({ type }) => type === 'done').length, 1)
      assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
    })

    test('R07 a harness without its functions hurts only its session', async () => {
      await attempt('import sys, builtins\nsys.modules["_harness"].send = None\nbuiltins.print = None')
      await kernel.close()
      kernel = await open(launcher)
      assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
    })

    test('closing leaves no process', async () => {
      const { pid } = kernel as Kernel & { pid: number }
      await kernel.close()
      await until(() => descendants(pid).length === 0)
    })
  })
}

test('a provider that leaks is refused, and nothing runs in its place', async () => {
  const leaky = pyodideProvider(engineWith({ ...nodePermission(), isolation: 'namespaces' }))
  const choice = await chooseProvider([leaky, pyodideProvider(engineWith(nodePermission()))], {
    allowWeak: false,
    signal,
  })
  assert.ok('reason' in choice)
  assert.match(choice.reason, /pyodide\+permission: code in it reached .*a process of the same user/)
})

test('the seat belt is chosen only where weak isolation may do, and with a warning', async () => {
  const broken = { ...nodePermission(), id: 'bwrap' as const, isolation: 'namespaces' as const }
  const failing = pyodideProvider(engineWith({ ...broken, wrap: () => ({ file: '/bin/false', args: [] }) }))
  const belt = pyodideProvider(engineWith(nodePermission()))
  const weak = await chooseProvider([failing, belt], { allowWeak: true, signal })
  assert.ok('provider' in weak)
  assert.equal(weak.provider.id, 'pyodide+permission')
  assert.match(weak.warning ?? '', /no protection against an attacker/)
  await weak.provider.close?.()
})

test(
  'a data folder that only root can read does not stop a server that is root',
  { skip: uid === undefined && 'only root can start sandboxes as another user' },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'private-'))
    try {
      const elsewhere = await makeRuntimeFolder(folder, uid)
      assert.ok(!elsewhere.path.startsWith(folder))
      const kernel = await openPyodide({ ...engineWith(working[0]!), runtime: elsewhere }, 'plain')
      assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
      await kernel.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

test('a data folder may be a link to another place', async () => {
  const link = join(cacheDir, `link-${randomUUID()}`)
  await symlink(cacheDir, link)
  try {
    const linked = await makeRuntimeFolder(link, uid)
    const kernel = await openPyodide({ ...engineWith(nodePermission()), runtime: linked }, 'plain')
    assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
    await kernel.close()
  } finally {
    await rm(link)
  }
})

async function outputs(kernel: Kernel, code: string): Promise<KernelOutput[]> {
  const found: KernelOutput[] = []
  for await (const output of kernel.run(code, { timeoutMs: 10_000 })) found.push(output)
  return found
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within a minute')
  }
}
