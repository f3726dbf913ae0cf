import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { defaultLimits } from '../default-limits.ts'
import { findCandidates } from '../find-candidates.ts'
import { tryLauncher } from '../launchers/attempts.ts'
import { layCanaries } from '../canaries.ts'
import { ownNamespaces } from '../launchers/own-namespaces.ts'
import type { Kernel, KernelProvider, Output } from '../sandbox.ts'
import { seccompFilter } from '../seccomp-filter.ts'
import { findInterpreter } from './interpreter.ts'
import { makeNativeFolder } from './native-folder.ts'

// What a pair is taken for is proved by its self-test (attempts.ts); here is what the self-test cannot see.

const cacheDir = join(import.meta.dirname, '../../../node_modules/.cache/threadmill')
const uid = process.getuid?.() === 0 ? 65_534 : undefined
const limits = { ...defaultLimits, startMs: 30_000, graceMs: 1000 }
const signal = new AbortController().signal

const { providers, missing } = await findCandidates({ cacheDir, limits, uid }, 'python')
const working: KernelProvider[] = []
for (const provider of providers) {
  const { ok, reason } = await provider.probe(signal)
  if (ok) working.push(provider)
  else {
    missing.push(`${provider.id}: ${reason}`)
    await provider.close?.()
  }
}
after(() => Promise.all(working.map((provider) => provider.close?.())))

test('which pairs are tested here', (t) => {
  t.diagnostic(
    `tested: ${working.map(({ id }) => id).join(', ') || 'none'}; not: ${missing.join('; ') || 'none'}`,
  )
})

for (const provider of working) {
  describe(provider.id, () => {
    let kernel: Kernel & { pid?: number }
    before(async () => {
      kernel = await provider.open({})
    })
    after(() => kernel.close())

    const forged: Record<string, [string, RegExp]> = {
      'no JSON': [`b'nonsense\\n'`, /"died"/],
      'an endless line': [`b'x' * (2 << 20)`, /"died"/],
      'a bad header': [`b'#1 99999999\\n'`, /"died"/],
      'bytes that nobody asked for': [`b'#999 3\\nabc'`, /"42"/],
      'events of another call': [`b'{"ev":"stream","id":99999,"name":"stdout","text":"forged"}\\n'`, /"42"/],
    }
    for (const [name, [bytes, expected]] of Object.entries(forged)) {
      test(`forged frames: ${name}`, async () => {
        const said = JSON.stringify(await outputs(kernel, `${findChannel}\nforge(${bytes})\n40 + 2`))
        assert.match(said, expected)
        assert.doesNotMatch(said, /forged/)
        if (said.includes('"died"')) kernel = await provider.open({})
        assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
      })
    }

    test('nothing of the system is writable, and devices are few', async () => {
      const code = `import os
for folder in ('/', '/usr', '/etc', '/dev', '/proc', '/proc/sys/kernel', '/mnt', '/usr/lib/python3'):
    try:
        open(folder + '/x', 'w')
        print('WROTE', folder)
    except OSError: pass
print(sorted(name for name in os.listdir('/dev') if name not in ('fd', 'stdin', 'stdout', 'stderr', 'core')))`
      const said = JSON.stringify(await outputs(kernel, code))
      assert.doesNotMatch(said, /WROTE/)
      assert.doesNotMatch(said, /'(sda|vda|mem|kmsg|fuse|kvm|net)/)
    })

    test('system calls that lead out are refused', async () => {
      const code = `import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
for name, number, arguments in (('unshare', 272, (0x10000000,)), ('ptrace', 101, (16, 1, 0, 0)), ('bpf', 321, (0, 0, 0)), ('memfd', 319, (b'x', 0)), ('keyctl', 250, (0, 0)), ('io_uring', 425, (1, 0)), ('clone', 56, (0x10000011, 0, 0, 0, 0))):
    if os.uname().machine == 'x86_64' and libc.syscall(number, *arguments) != -1: print('ALLOWED', name)
for family in (socket.AF_NETLINK, socket.AF_PACKET, 38, 40):
    try:
        socket.socket(family, socket.SOCK_RAW)
        print('ALLOWED', family)
    except OSError: pass
socket.socketpair(); socket.socket(socket.AF_INET, socket.SOCK_STREAM); print('done')`
      const said = JSON.stringify(await outputs(kernel, code))
      assert.doesNotMatch(said, /ALLOWED/)
      assert.match(said, /done/)
    })

    test('a folder of links and pipes does not hold up the host', async () => {
      const code = `import os
os.mkfifo('fifo'); os.symlink('/etc', 'folder'); os.symlink('/proc/self/mem', 'memory')
open('hole', 'wb').truncate(200 << 20)
open('twice', 'w').close(); os.link('twice', 'linked')
os.mkdir('closed'); os.chmod('closed', 0)
open('fine.txt', 'w').write('x');`
      await outputs(kernel, code)
      assert.deepEqual(await kernel.changedFiles(), [{ name: 'fine.txt', size: 1 }])
    })

    test('closing leaves no process', async () => {
      const doomed = await provider.open({})
      const ids = JSON.stringify(
        await outputs(doomed, 'import os, time\nif os.fork() == 0: time.sleep(60)\nos.getpid()'),
      )
      assert.match(ids, /result/)
      const { pid } = doomed as Kernel & { pid: number }
      const tree = [pid, ...descendants(pid)]
      await doomed.close()
      await until(() => tree.every((one) => !isAlive(one)))
    })
  })

  test(`with ${provider.id}, SIGKILL of the server leaves no process, however busy`, async () => {
    const server = spawn(
      process.execPath,
      ['--input-type=module-typescript', '-e', serverWith(provider.id)],
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

const zygote = working.find(({ id }) => id.endsWith('+zygote'))
test(
  'a fork server that dies takes its sessions with it, and another is started',
  { skip: !zygote },
  async () => {
    const first = (await zygote!.open({})) as Kernel & { pid: number }
    await until(() => first.pid !== 0)
    process.kill(parentOf(first.pid)!, 'SIGKILL')
    assert.equal((await first.closed).reason, 'crashed')
    const second = await zygote!.open({})
    assert.match(JSON.stringify(await outputs(second, '40 + 2')), /"42"/)
    await second.close()
  },
)

test(
  'a session of the fork server has our files also where its own folders hide them',
  { skip: !zygote },
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'below-tmp-'))
    try {
      await chmod(place, 0o755)
      const { providers: elsewhere } = await findCandidates({ cacheDir: place, limits, uid }, 'python+zygote')
      const kernel = await elsewhere[0]!.open({})
      assert.match(JSON.stringify(await outputs(kernel, '!echo lazily\n40 + 2')), /lazily.*"42"/)
      await kernel.close()
      await elsewhere[0]!.close?.()
    } finally {
      await rm(place, { recursive: true })
    }
  },
)

test('namespaces of our own hold a program that nothing else holds back', async (t) => {
  const interpreter = await findInterpreter('/nowhere', uid)
  if ('reason' in interpreter) return t.diagnostic(interpreter.reason)
  const folder = await makeNativeFolder(cacheDir, uid)
  await using canaries = await layCanaries(process.execPath, uid)
  // Node is what the attempts are written for; it may be where the user of the sandbox cannot look.
  const node = ['/usr/local/bin/node', '/usr/bin/node', process.execPath].find((path) => existsSync(path))!
  const launcher = ownNamespaces(
    { ...interpreter, folders: [folder.path, ...interpreter.folders] },
    folder.path,
  )
  try {
    assert.deepEqual(await tryLauncher(launcher, node, canaries, uid), [])
  } catch (error) {
    t.diagnostic(`not tried: ${(error as Error).message}`)
  }
})

test('the seccomp program is well formed: every jump stays inside', () => {
  for (const machine of ['x64', 'arm64']) {
    const bytes = seccompFilter(machine)!
    assert.equal(bytes.length % 8, 0)
    const view = new DataView(bytes.buffer)
    const count = bytes.length / 8
    assert.ok(count > 100 && count < 4096)
    for (let i = 0; i < count; i++) {
      const isJump = (view.getUint16(8 * i, true) & 7) === 5
      if (isJump) assert.ok(i + 1 + Math.max(view.getUint8(8 * i + 2), view.getUint8(8 * i + 3)) < count)
    }
    assert.equal(view.getUint16(bytes.length - 8, true), 6, 'it ends in a verdict')
  }
  assert.equal(seccompFilter('mips'), undefined)
})

/** Finds the descriptor of the protocol as hostile code would. */
const findChannel = `import gc, os, sys
channel = next(o for o in gc.get_objects() if type(o).__name__ == 'Channel')
def forge(data):
    while data: data = data[os.write(channel._write_fd, data):]`

/** A server in the middle of a cell that hears nothing. */
function serverWith(id: string): string {
  const module = JSON.stringify(new URL('../find-candidates.ts', import.meta.url).href)
  return `
import { findCandidates } from ${module}
const place = { cacheDir: ${JSON.stringify(cacheDir)}, limits: ${JSON.stringify(limits)}, uid: ${uid} }
const { providers } = await findCandidates(place, '${id}')
const kernel = await providers[0].open({})
const busy = 'print("busy", flush=True)\\nimport os, time\\nos.fork()\\nwhile True:\\n    try: time.sleep(1)\\n    except BaseException: pass'
for await (const output of kernel.run(busy, {})) process.stdout.write(JSON.stringify(output))
`
}

async function outputs(kernel: Kernel, code: string): Promise<Output[]> {
  const found: Output[] = []
  for await (const output of kernel.run(code, { timeoutMs: 10_000 })) found.push(output)
  return found
}

function parentOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return /^State:\tZ/m.test(status) ? undefined : Number(/^PPid:\t(\d+)/m.exec(status)?.[1])
  } catch {
    return undefined
  }
}

function descendants(pid: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = [pid]
  for (const parent of found) found.push(...all.map(Number).filter((one) => parentOf(one) === parent))
  return found.slice(1)
}

const isAlive = (pid: number) => parentOf(pid) !== undefined

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within 5 s')
  }
}
