import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { testPython } from '../../../test/python.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import { findSandboxCandidates } from '../find-candidates.ts'
import { tryLauncher } from '../launchers/attempts.ts'
import { placeCanaries } from '../self-test/canaries.ts'
import { findBwrap } from '../launchers/bwrap.ts'
import { ownNamespaces } from '../launchers/own-namespaces.ts'
import type { Kernel, KernelProvider, KernelOutput } from '../sandbox.ts'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import { descendants, isAlive, processes, type ProcessEntry } from '../../../test/security/processes.ts'
import { findInterpreter } from './interpreter.ts'
import { makeNativeFolder } from './native-folder.ts'

// The self-test (attempts.ts) proves the isolation of a pair. These cases test what the self-test cannot see.

const cacheDir = join(import.meta.dirname, '../../../node_modules/.cache/threadmill')
const uid = process.getuid?.() === 0 ? 65_534 : undefined
const limits = { ...defaultSandboxLimits, startMs: 30_000, graceMs: 1000 }
const signal = new AbortController().signal

const pythonDir = await testPython()
const python = pythonDir === undefined ? {} : { pythonDir }
const { providers, missing } = await findSandboxCandidates({ cacheDir, limits, uid, ...python }, 'python')
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

    test('a folder of links and pipes does not hold up the host', async () => {
      const code = `import os
os.mkfifo('fifo'); os.symlink('/etc', 'folder'); os.symlink('/proc/self/mem', 'memory')
open('hole', 'wb').truncate(600 << 20)
open('twice', 'w').close(); os.link('twice', 'linked')
os.mkdir('closed'); os.chmod('closed', 0)
open('fine.txt', 'w').write('x');`
      await outputs(kernel, code)
      assert.deepEqual((await kernel.changedFiles()).files, [{ name: 'fine.txt', size: 1 }])
    })

    test('closing leaves no process', async () => {
      const doomed = await provider.open({})
      const ids = JSON.stringify(
        await outputs(doomed, 'import os, time\nif os.fork() == 0: time.sleep(60)\nos.getpid()'),
      )
      assert.match(ids, /result/)
      const { pid } = doomed as Kernel & { pid: number }
      const tree = [pid, ...descendants(pid).map((one) => one.pid)]
      await doomed.close()
      await until(() => tree.every((one) => !isAlive(one)))
    })
  })
}

const zygote = working.find(({ id }) => id.endsWith('+zygote'))
test(
  'a fork server that dies takes its sessions with it, and one other is started, however many ask',
  { skip: !zygote && 'there is no fork server here' },
  async () => {
    const first = (await zygote!.open({})) as Kernel & { pid: number }
    await until(() => first.pid !== 0)
    const { parent } = processes().find(({ pid }) => pid === first.pid)!
    process.kill(parent, 'SIGKILL')
    assert.equal((await first.closed).reason, 'crashed')
    const next = await Promise.all([zygote!.open({}), zygote!.open({})])
    assert.equal(processes().filter(isForkServer).length, 1)
    for (const kernel of next) {
      assert.match(JSON.stringify(await outputs(kernel, '40 + 2')), /"42"/)
      await kernel.close()
    }
  },
)

test(
  'a session of the fork server has our files also where its own folders hide them',
  { skip: !zygote && 'there is no fork server here' },
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'below-tmp-'))
    try {
      await chmod(place, 0o755)
      const { providers: elsewhere } = await findSandboxCandidates(
        { cacheDir: place, limits, uid, ...python },
        'python+zygote',
      )
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
  const folder = await makeNativeFolder(cacheDir, 'none', uid)
  await using canaries = await placeCanaries(process.execPath, uid)
  // The attempts are written for Node. This Node may be in a folder that the user of the sandbox cannot enter.
  const node = ['/usr/local/bin/node', '/usr/bin/node', process.execPath].find((path) => existsSync(path))!
  const launcher = ownNamespaces({
    path: interpreter.path,
    folders: [folder.path, ...interpreter.folders],
    folder: folder.path,
  })
  try {
    assert.deepEqual(await tryLauncher(launcher, node, canaries, { uid }), [])
  } catch (error) {
    t.diagnostic(`not tried: ${(error as Error).message}`)
  }
})

test("where nothing but bubblewrap may make namespaces, sessions do not get the machine's terminals", async () => {
  const refused = { path: '/bin/false', folders: [], folder: '/' }
  const launcher = await findBwrap(refused)
  const native = { writable: [{ path: '/tmp', bytes: 1 << 20 }] }
  const args = launcher?.wrap({ argv: ['x'], readOnly: [], limits: defaultSandboxLimits, native }).args ?? []
  assert.ok(!args.includes('/bin/false') && !args.includes('--dev-bind'), args.join(' '))
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

/** The first process of the fork server. Its second process and the sessions have the same command line. */
const isForkServer = ({ pid, parent }: ProcessEntry) =>
  parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('_zygote.py')

/** Finds the descriptor of the protocol as hostile code would. */
const findChannel = `import gc, os, sys
channel = next(o for o in gc.get_objects() if type(o).__name__ == 'Channel')
def forge(data):
    while data: data = data[os.write(channel._write_fd, data):]`

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
