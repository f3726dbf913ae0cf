import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { placeCanaries } from '../self-test/canaries.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import { findSandboxCandidates } from '../find-candidates.ts'
import { spawnKernel } from '../kernel/kernel-process.ts'
import { tryLauncher } from './attempts.ts'
import { findLandlock } from './landlock.ts'
import { findProgram, type Launcher } from './launcher.ts'
import { all } from '../../../test/security/all.ts'
import { place } from '../../../test/security/pairs.ts'
import { processes } from '../../../test/security/processes.ts'

// These cases are about what this launcher does itself and the others leave to namespaces. What all launchers share is
// in the behaviour tests of the pairs, in confinement.test.ts and in test/security/.

const { uid } = place
const isRoot = uid !== undefined
/** An ordinary user who is not the user of the sandbox. */
const ordinary = isRoot ? { uid: 65_533, gid: 65_533 } : {}
/** The Landlock version of this kernel. 0 or less when there is none. */
const known = Number(
  execFileSync(findProgram('python3') ?? 'python3', [
    '-c',
    'import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))',
  ]),
)
/** The reason to skip a test that needs this version. */
const without = (version: number) =>
  known < version && `Landlock of version ${version} is needed, not ${known}`
const cacheDir = await mkdtemp(join(tmpdir(), 'landlock-'))
await chmod(cacheDir, 0o755)
const ofOrdinary = await mkdtemp(join(tmpdir(), 'landlock-'))
if (isRoot) await chown(ofOrdinary, 65_533, 65_533)
after(() => Promise.all([cacheDir, ofOrdinary].map((path) => rm(path, { recursive: true, force: true }))))

const [provider] = (await findSandboxCandidates(place, 'python+landlock')).providers
const { ok = false, reason } = (await provider?.probe(new AbortController().signal)) ?? {}
const skip = ok ? false : `no python+landlock here: ${reason}`

/** Runs this module code in Node as an ordinary user, after `prefix`. Returns the JSON that it prints. */
async function asOrdinary(code: string, prefix: string[] = []): Promise<unknown> {
  const [file, ...args] = [...prefix, process.execPath, '--input-type=module-typescript', '-e', code]
  const user = prefix.length > 0 ? {} : ordinary
  const options = { cwd: import.meta.dirname, timeout: 100_000, ...user }
  return JSON.parse((await promisify(execFile)(file, args, options)).stdout)
}
const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)

const bwrap = findProgram('bwrap')
const withoutNamespaces = [bwrap ?? '', ...'--dev-bind / / --unshare-user --disable-userns'.split(' ')]
function canTake(): boolean {
  try {
    execFileSync(bwrap ?? 'bwrap', [...withoutNamespaces.slice(1), '/bin/true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test(
  'where user namespaces are refused, it is what is chosen',
  { skip: without(6) || (!canTake() && 'bwrap cannot be run here') },
  async () => {
    const said = await asOrdinary(
      `import { startSandboxes } from ${source('../start-sandboxes.ts')}
const cacheDir = ${JSON.stringify(cacheDir)}
const sandboxes = startSandboxes({ cacheDir, engine: 'auto', allowWeak: false, log: () => {}, spares: 0 })
const { id, isolation } = await sandboxes.settled
let said = ''
await sandboxes.sessions.use('a', async ({ kernel }) => {
  for await (const output of kernel.run('6 * 7', {})) said += JSON.stringify(output)
})
await sandboxes.close()
console.log(JSON.stringify({ id, isolation, said }))`,
      [...withoutNamespaces, '--uid', '1000', '--gid', '1000', '--'],
    )
    const { id, isolation, said: answer } = said as Record<string, string>
    assert.match(id ?? '', /\+landlock$/)
    assert.equal(isolation, 'landlock')
    assert.match(answer ?? '', /"42"/)
  },
)

test(
  "what Landlock does not know stays as it was, also among the user's own",
  { skip: without(6) },
  async () => {
    const said = (await asOrdinary(`import { readFileSync, statSync } from 'node:fs'
import { placeCanaries } from ${source('../self-test/canaries.ts')}
import { spawnKernel } from ${source('../kernel/kernel-process.ts')}
import { findLandlock } from ${source('./landlock.ts')}
import { systemFolders } from ${source('./system-folders.ts')}
import { all } from ${source('../../../test/security/all.ts')}
const launcher = await findLandlock({ cacheDir: ${JSON.stringify(ofOrdinary)}, uid: undefined })
await using canaries = await placeCanaries(process.execPath, undefined)
const { file, victimPid } = canaries.traps
const look = () => {
  const { mode, size, mtimeMs } = statSync(file)
  const read = (name) => readFileSync('/proc/' + victimPid + '/' + name, 'latin1')
  const nice = read('stat').split(' ')[18]
  return JSON.stringify([mode, size, mtimeMs, read('limits'), nice, /Cpus_allowed:.*/.exec(read('status'))[0]])
}
const before = look()
const argv = ['/usr/bin/python3', '-I', '-c', ${JSON.stringify(program)}, file, String(victimPid)]
const limits = ${JSON.stringify(defaultSandboxLimits)}
const child = await spawnKernel({ ...launcher.wrap({ argv, readOnly: systemFolders, limits }), interrupts: 'line' })
const output = (await all(child.output)).map(String).join('')
await child.ended
console.log(JSON.stringify({ output: output + child.complaint(), same: before === look(), leaks: await canaries.leaks(output) }))`)) as {
      output: string
      same: boolean
      leaks: string[]
    }
    assert.match(said.output, /tried everything/)
    assert.doesNotMatch(said.output, /LEAK/)
    assert.ok(said.same, said.output)
    assert.deepEqual(said.leaks, [])
  },
)

const program = `
import os, resource, socket, sys
file, victim = sys.argv[1], int(sys.argv[2])
def attempt(name, f):
    try: f()
    except OSError as error: print(name, error)
def refused(name, f):
    try: f()
    except OSError as error: print(name, error)
    else: print('LEAK', name)
attempt('chmod', lambda: os.chmod(file, 0o777))
attempt('utime', lambda: os.utime(file, (1, 1)))
refused('setxattr', lambda: os.setxattr(file, 'user.x', b'1'))
refused('truncate', lambda: os.truncate(file, 0))
refused('prlimit', lambda: resource.prlimit(victim, resource.RLIMIT_NOFILE, (5, 5)))
refused('setaffinity', lambda: os.sched_setaffinity(victim, {0}))
refused('setpriority', lambda: os.setpriority(os.PRIO_PROCESS, victim, 19))
refused('kill', lambda: os.kill(victim, 9))
refused('datagrams', lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
refused('descriptors', lambda: socket.send_fds(socket.socketpair()[0], [b'x'], [0]))
refused('list', lambda: os.listdir('/proc'))
resource.prlimit(0, resource.RLIMIT_NOFILE, (200, 200))
os.sched_setaffinity(0, os.sched_getaffinity(0))
print('tried everything')
`

describe('on an older kernel', { skip: !isRoot && 'only root can do this' }, () => {
  for (const version of [2, 3, 5]) {
    test(
      `Landlock of version ${version} holds a session that has a user of its own`,
      { skip: without(version) },
      async () => {
        const launcher = await launcherOf({ version })
        await using canaries = await placeCanaries(process.execPath, uid)
        assert.deepEqual(await tryLauncher(launcher, process.execPath, canaries, { uid }), [])
      },
    )
  }

  test(
    'what would not hold is refused, and the reason says what is needed',
    { skip: without(1) },
    async () => {
      await using canaries = await placeCanaries(process.execPath, uid)
      const old = await launcherOf({ version: 1 })
      await assert.rejects(
        tryLauncher(old, process.execPath, canaries, { uid }),
        /version 1: Linux 5\.19 is needed/,
      )
    },
  )
})

test('an ordinary user needs a kernel that keeps signals in', { skip: without(5) }, async () => {
  const child = await start(await launcherOf({ version: 5, uid: undefined }), 'true')
  await child.ended
  assert.match(child.complaint(), /version 5: Linux 6\.12, or a server that is root/)
})

test(
  'what a killed supervisor has left ends before its place is taken again',
  { skip: (!isRoot && 'only root can do this') || without(2) },
  async () => {
    const launcher = await launcherOf({})
    const mark = `61.${process.pid}`
    const isLeft = () => processes().some(({ pid }) => commandLine(pid).includes(mark))
    const first = await start(launcher, `setsid sleep ${mark} & echo up; wait`)
    await once(first.output, 'data')
    await until(isLeft)
    process.kill(first.pid, 'SIGKILL')
    await first.ended
    assert.ok(isLeft(), 'nothing was left that could be ended')
    const second = await start(launcher, 'echo up')
    await second.ended
    await until(() => !isLeft())
  },
)

describe('files', { skip }, () => {
  const hidden: Record<string, string> = {
    'that are deleted and open': 'fd = os.open("x", os.O_CREAT | os.O_RDWR); os.unlink("x")',
    'that are deleted and mapped': `fd = os.open("x", os.O_CREAT | os.O_RDWR); os.truncate(fd, 20 << 20)
    maps.append(mmap.mmap(fd, 20 << 20)); os.unlink("x")`,
    'in a folder that nobody may look into': `os.mkdir(f"d{n}"); fd = os.open(f"d{n}/x", os.O_CREAT | os.O_RDWR)
    os.chmod(f"d{n}", 0)`,
  }
  for (const [name, make] of Object.entries(hidden)) {
    test(`${name} count`, async () => {
      const kernel = await provider!.open({})
      const outputs = await all(
        kernel.run(
          `import mmap, os, time
maps, kept = [], []
for n in range(3):
    ${make}
    os.write(fd, bytes(20 << 20))
    ${name.includes('mapped') ? 'os.close(fd)' : 'kept.append(fd)'}
time.sleep(8)`,
          {},
        ),
      )
      assert.match(JSON.stringify(outputs.at(-1)), /"died"/)
      assert.deepEqual(await kernel.closed, { reason: 'disk' })
    })
  }

  test('/mnt/data is the folder of the session for all that it starts', async () => {
    const kernel = await provider!.open({})
    const outputs = await all(
      kernel.run(
        `import os, sqlite3, subprocess
base = sqlite3.connect('/mnt/data/base.db')
base.execute('pragma journal_mode = wal')
base.execute('create table t (x)')
base.close()
def said(*words): return subprocess.run(words, capture_output=True, text=True).stdout.split()
os.getcwd(), os.path.realpath('base.db'), said('ls', '/mnt/data'), said('sh', '-c', 'cd /mnt/data && pwd')`,
        {},
      ),
    )
    await kernel.close()
    assert.match(
      JSON.stringify(outputs),
      /\('\/mnt\/data', '\/mnt\/data\/base\.db', \['base\.db'\], \['\/mnt\/data'\]\)/,
    )
  })

  test('deep folders, and such that nobody may look into, are removed with the session', async () => {
    const kernel = await provider!.open({})
    const outputs = await all(
      kernel.run(
        'import os\nfor n in range(40): os.mkdir("d"); os.chdir("d")\nos.mkdir("closed", 0)\nos.readlink("/proc/self/fd/250")',
        {},
      ),
    )
    const folder = /'(\/.+)'/.exec(JSON.stringify(outputs))?.[1] ?? ''
    assert.ok(existsSync(folder), JSON.stringify(outputs))
    await kernel.close()
    assert.ok(!existsSync(folder))
  })
})

async function launcherOf(options: { version?: number; uid?: undefined }): Promise<Launcher> {
  const launcher = await findLandlock({ cacheDir, uid, ...options })
  assert.ok(!('reason' in launcher))
  return launcher
}

const start = (launcher: Launcher, command: string) =>
  spawnKernel({
    ...launcher.wrap({
      argv: ['/bin/sh', '-c', command],
      readOnly: ['/usr', '/bin'],
      limits: defaultSandboxLimits,
    }),
    interrupts: 'line',
  })

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within a minute')
  }
}
