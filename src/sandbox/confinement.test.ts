import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { layCanaries, type Canaries, type Traps } from './canaries.ts'
import { chooseProvider } from './choose-provider.ts'
import { defaultLimits } from './default-limits.ts'
import { tryLauncher } from './launchers/attempts.ts'
import { findBwrap } from './launchers/bwrap.ts'
import type { Launcher } from './launchers/launcher.ts'
import { seatBelt } from './launchers/permission.ts'
import { findUnshare } from './launchers/unshare.ts'
import { openPyodide, preparation, type PyodideEngine } from './pyodide/open-pyodide.ts'
import { pyodideProvider } from './pyodide/provider.ts'
import { makeRuntimeFolder } from './pyodide/runtime-folder.ts'
import type { Kernel, Output } from './sandbox.ts'

const cacheDir = join(import.meta.dirname, '../../node_modules/.cache/threadmill')
const uid = process.getuid?.() === 0 ? 65_534 : undefined
const limits = { ...defaultLimits, startMs: 30_000, graceMs: 1000 }
const runtime = await makeRuntimeFolder(cacheDir, uid)
const signal = new AbortController().signal

const launchers = [await findBwrap(), await findUnshare(uid), seatBelt()].filter(
  (found) => found !== undefined,
)
const engineWith = (launcher: Launcher): PyodideEngine => ({ runtime, launcher, limits, uid })
const open = (launcher: Launcher) => openPyodide(engineWith(launcher), preparation(runtime))
/** Launchers that work on this machine; the others are reported, not counted as passed. */
const working: Launcher[] = []
for (const launcher of launchers) {
  const provider = pyodideProvider(engineWith(launcher))
  const { ok } = await provider.probe(signal)
  if (!ok) continue
  working.push(launcher)
  await provider.prepare(signal)
}

test('which launchers are tested here', (t) => {
  const missing = ['bwrap', 'unshare', 'permission'].filter((id) => !working.some((one) => one.id === id))
  t.diagnostic(
    `tested: ${working.map(({ id }) => id).join(', ')}; not on this machine: ${missing.join(', ') || 'none'}`,
  )
  assert.ok(working.length > 0)
})

/** From the study's list of escapes; what must be seen is that no canary was reached, whatever the code says. */
const attempts: Record<string, (traps: Traps) => string> = {
  'S01 the environment': () => 'import os, js\nprint(dict(os.environ), js.JSON.stringify(js.process.env))',
  'S02 the environment of other processes': ({ victimPid }) =>
    `import js\nfs = js.process.getBuiltinModule('node:fs')\nfor p in ('self', 1, 2, ${victimPid}):\n    try: print(fs.readFileSync(f'/proc/{p}/environ', 'latin1'))\n    except Exception as e: print(e)`,
  'S04 a file of the same user': ({ file }) =>
    `import js\nfs = js.process.getBuiltinModule('node:fs')\nprint(fs.readFileSync('${file}', 'utf8'))`,
  'S06 a file by way of /proc': ({ file }) =>
    `fs = js.process.getBuiltinModule('node:fs')\nprint(fs.readFileSync('/proc/self/root${file}', 'utf8'))`,
  'S07 inherited descriptors': () =>
    `fs = js.process.getBuiltinModule('node:fs')\nfor fd in range(3, 64):\n    try:\n        kind = fs.fstatSync(fd)\n        if kind.isFile() and kind.size > 4096: print('LEAK', fd, kind.size)\n    except Exception: pass`,
  'S11 writing the runtime': () =>
    `fs = js.process.getBuiltinModule('node:fs')\nfor p in ('${runtime.path}/harness.py', '${runtime.path}/x', '/tmp/x', '/dev/shm/x'):\n    try: fs.writeFileSync(p, 'x'); print('LEAK', p)\n    except Exception as e: print(e)`,
  'S13 the interrupt flag': () =>
    `fs = js.process.getBuiltinModule('node:fs')\nfor f in (lambda: fs.writeSync(3, 'x'), lambda: fs.ftruncateSync(3, 1 << 30), lambda: fs.writeFileSync('/proc/self/fd/3', 'x'), lambda: fs.fchmodSync(3, 0o777)):\n    try: f(); print('LEAK')\n    except Exception as e: print(e)`,
  'N01 a TCP port': ({ tcpPort }) => `print(await js.fetch('http://127.0.0.1:${tcpPort}/'))`,
  'N03 a UDP port': ({ udpPort }) =>
    `s = js.process.getBuiltinModule('node:dgram').createSocket('udp4')\ns.on('error', print)\ns.send('x', ${udpPort}, '127.0.0.1', print)`,
  'N07 an abstract socket': ({ abstractName }) =>
    `from pyodide.ffi import to_js\nnet = js.process.getBuiltinModule('node:net')\nnet.connect(to_js({'path': chr(0) + '${abstractName}'}, dict_converter=js.Object.fromEntries)).on('error', print)`,
  'K01 a shell': ({ folder }) =>
    `import posix\nfrom pyodide.ffi import to_js\ncp = js.process.getBuiltinModule('node:child_process')\nprint(cp.spawnSync('/bin/sh', to_js(['-c', 'echo x > ${folder}/shell'])))`,
  'P01 code from strings': ({ file }) =>
    `from pyodide.ffi import to_js\nprint(to_js({'a': 1}).constructor.constructor("return process.getBuiltinModule('node:fs').readFileSync('${file}', 'utf8')")())`,
  'R02 run_js': ({ file }) =>
    `from pyodide.code import run_js\nprint(run_js("process.getBuiltinModule('node:fs').readFileSync('${file}', 'utf8')"))`,
  'R03 mounting a folder': ({ folder }) =>
    `import pyodide_js as p\np.FS.mkdirTree('/h')\np.mountNodeFS('/h', '${folder}')\nprint(open('/h/secret.txt').read())`,
  'R04 node:sqlite': ({ folder }) =>
    `D = js.process.getBuiltinModule('node:sqlite')\nD.DatabaseSync.new('${folder}/db').exec('create table t (x)')`,
  'P07 workers, addons and the inspector': ({ file }) =>
    `get = js.process.getBuiltinModule\nfor f in (lambda: get('node:worker_threads').Worker.new('${file}'), lambda: js.process.dlopen(js.Object.new(), '${file}'), lambda: get('node:inspector').open(0), lambda: get('node:wasi'), lambda: js.process.execve('/bin/true')):\n    try: print(f())\n    except Exception as e: print(e)`,
  'K04 fatal: system() of the C library': ({ folder }) =>
    `import ctypes\nctypes.CDLL(None).system(b'echo x > ${folder}/system')`,
}

for (const launcher of working) {
  describe(`with ${launcher.id}`, () => {
    let kernel: Kernel
    let canaries: Canaries
    before(async () => {
      canaries = await layCanaries(runtime.node, uid)
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
      test('R05 signals to processes of the same user, the server included', async () => {
        for (const pid of [canaries.traps.victimPid, process.pid, process.ppid]) {
          const said = await attempt(`import js\njs.process.kill(${pid}, 9)`)
          assert.match(said, /ESRCH|EPERM/)
        }
        await wait(50)
        assert.deepEqual(await canaries.leaks(''), [])
      })

      test('the launcher alone holds, also against a program without the permission model', async () => {
        assert.deepEqual(await tryLauncher(launcher, runtime.node, canaries, uid), [])
      })
    }

    test('K05 the process is not root outside, and has nothing to gain', () => {
      const inner = processes().filter(
        ({ line }) => line.startsWith(runtime.node) && line.includes(`${runtime.path}/kernel.js`),
      )
      assert.ok(inner.length > 0)
      for (const { pid } of inner) {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        assert.doesNotMatch(status, /^Uid:\t0/m)
        assert.match(status, /^CapEff:\t0000000000000000$/m)
      }
    })

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
  const leaky = pyodideProvider(engineWith({ ...seatBelt(), isolation: 'namespaces' }))
  const choice = await chooseProvider([leaky, pyodideProvider(engineWith(seatBelt()))], {
    allowWeak: false,
    signal,
  })
  assert.ok('reason' in choice)
  assert.match(choice.reason, /pyodide\+permission: code in it reached .*a process of the same user/)
})

test('the seat belt is chosen only where weak isolation may do, and with a warning', async () => {
  const broken = { ...seatBelt(), id: 'bwrap' as const, isolation: 'namespaces' as const }
  const failing = pyodideProvider(engineWith({ ...broken, wrap: () => ({ file: '/bin/false', args: [] }) }))
  const belt = pyodideProvider(engineWith(seatBelt()))
  const weak = await chooseProvider([failing, belt], { allowWeak: true, signal })
  assert.ok('provider' in weak)
  assert.equal(weak.provider.id, 'pyodide+permission')
  assert.match(weak.warning ?? '', /no protection against an attacker/)
})

test(
  'a data folder that only root can read does not stop a server that is root',
  { skip: uid === undefined },
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

for (const launcher of working) {
  test(`H07 with ${launcher.id}, SIGKILL of the server leaves no process, however busy`, async () => {
    const server = spawn(
      process.execPath,
      ['--input-type=module-typescript', '-e', serverWith(launcher.id)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: import.meta.dirname,
      },
    )
    await once(server.stdout!, 'data')
    const children = descendants(server.pid!)
    assert.ok(children.length > 0)
    server.kill('SIGKILL')
    await once(server, 'exit')
    await until(() => children.every((pid) => !isAlive(pid)))
  })
}

/** A server in the middle of a cell that hears nothing. */
function serverWith(id: string): string {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  return `
import { findBwrap } from ${module('./launchers/bwrap.ts')}
import { findUnshare } from ${module('./launchers/unshare.ts')}
import { seatBelt } from ${module('./launchers/permission.ts')}
import { openPyodide, preparation } from ${module('./pyodide/open-pyodide.ts')}
const uid = ${uid}
const found = [await findBwrap(), await findUnshare(uid), seatBelt()]
const launcher = found.find((one) => one?.id === '${id}')
const runtime = ${JSON.stringify(runtime)}
const engine = { runtime, launcher, limits: ${JSON.stringify(limits)}, uid }
const kernel = await openPyodide(engine, preparation(runtime))
const busy = 'print("busy")\\nimport time\\nwhile True:\\n    try:\\n        time.sleep(0.01)\\n        sum(range(10**6))\\n    except BaseException: pass'
for await (const output of kernel.run(busy, {})) process.stdout.write(JSON.stringify(output))
`
}

async function outputs(kernel: Kernel, code: string): Promise<Output[]> {
  const found: Output[] = []
  for await (const output of kernel.run(code, { timeoutMs: 10_000 })) found.push(output)
  return found
}

function processes(): { pid: number; parent: number; line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8')
        const status = readFileSync(`/proc/${name}/status`, 'utf8')
        if (/^State:\tZ/m.test(status)) return []
        return [{ pid: Number(name), parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), line }]
      } catch {
        return []
      }
    })
}

function descendants(pid: number): number[] {
  const all = processes()
  const found = [pid]
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent).map((one) => one.pid))
  return found.slice(1)
}

const isAlive = (pid: number) => processes().some((one) => one.pid === pid)

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 3000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within 3 s')
  }
}
