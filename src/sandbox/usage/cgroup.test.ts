import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { findGroups, cgroupOf, type Groups } from './cgroup.ts'
import { findSandboxCandidates } from '../find-candidates.ts'
import { processTree } from './process-memory.ts'
import type { Kernel } from '../sandbox.ts'
import { place } from '../../../test/security/pairs.ts'
import { isAlive, within } from '../../../test/security/processes.ts'

const MiB = 1 << 20

describe('where groups are made, by files that say what Linux says', () => {
  const top = mkdtempSync(join(tmpdir(), 'cgroup-'))
  after(() => rm(top, { recursive: true }))

  /** A fake machine: what a process sees of a hierarchy that is mounted at its own folder. */
  function machine(name: string, mounts: string[], own: string[], files: Record<string, string>) {
    const folder = join(top, name)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    mkdirSync(join(folder, 'proc'), { recursive: true })
    const lines = mounts.map((mount) => mount.replace('@', folder))
    writeFileSync(join(folder, 'proc/mountinfo'), `22 1 8:1 / / rw - ext4 /dev/sda rw\n${lines.join('\n')}\n`)
    writeFileSync(join(folder, 'proc/cgroup'), `${own.join('\n')}\n`)
    /** The files of the only group below, without those of the folder itself. */
    function made(below: string): Record<string, string> {
      const [group = ''] = readdirSync(join(folder, below)).filter((one) => one.startsWith('threadmill-'))
      const found = readdirSync(join(folder, below, group))
      return Object.fromEntries(
        found.map((file) => [file, readFileSync(join(folder, below, group, file), 'utf8')]),
      )
    }
    return { folder, groups: findGroups(join(folder, 'proc')), made }
  }
  const version2 = '30 22 0:26 / @/fs rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
  const unit = 'fs/system.slice/threadmill.service'

  test('version 2: below the unit, which passes the controllers on', async () => {
    const here = machine('unit', [version2], ['0::/system.slice/threadmill.service'], {
      [`${unit}/cgroup.controllers`]: 'cpu io memory pids\n',
      [`${unit}/cgroup.subtree_control`]: '',
    })
    assert.ok(await here.groups)
    assert.equal(readFileSync(join(here.folder, unit, 'cgroup.subtree_control'), 'utf8'), '+memory +pids')
    assert.deepEqual(here.made(unit), {
      'memory.max': String(2 ** 30),
      'memory.swap.max': '0',
      'memory.oom.group': '1',
      'pids.max': '64',
    })
  })

  test('version 2: a unit without the controllers, or one that may not pass them on, has none', async () => {
    const without = machine('without', [version2], ['0::/'], { 'fs/cgroup.controllers': 'cpu\n' })
    assert.equal(await without.groups, undefined)
    const closed = machine('closed', [version2], ['0::/'], { 'fs/cgroup.controllers': 'memory pids\n' })
    assert.equal(await closed.groups, undefined)
    // The process moved into its own group and came back.
    assert.equal(readFileSync(join(closed.folder, 'fs/cgroup.procs'), 'utf8'), String(process.pid))
  })

  test('version 1: one hierarchy for each controller, seen from inside of a container', async () => {
    const mounts = [
      '31 22 0:27 /docker/abc @/memory rw - cgroup cgroup rw,memory',
      '32 22 0:28 /docker/abc @/pids rw - cgroup cgroup rw,pids',
    ]
    const here = machine('container', mounts, ['5:pids:/docker/abc', '4:memory:/docker/abc/inner', '0::/'], {
      'memory/inner/tasks': '',
      'pids/tasks': '',
    })
    assert.ok(await here.groups)
    assert.equal(here.made('memory/inner')['memory.limit_in_bytes'], String(2 ** 30))
    assert.deepEqual(here.made('pids'), { 'pids.max': '64' })
  })

  test('no hierarchy in view, or no Linux at all: none', async () => {
    assert.equal(await machine('elsewhere', [], ['0::/'], {}).groups, undefined)
    assert.equal(await findGroups(join(top, 'nowhere')), undefined)
  })
})

const groups = await findGroups()

test('which groups are tested here', (t) => {
  t.diagnostic(groups ? 'groups of this machine' : 'this machine gives none to this user')
})

describe('groups of this machine', { skip: !groups && 'no control groups can be made here' }, () => {
  const limits = { memory: 128 * MiB, processes: 64 }

  test('the kernel ends who takes more memory, and tells', async () => {
    const group = await groups!.create(limits)
    const hog = spawn(process.execPath, [
      '-e',
      waitThen('for (const all = [];;) all.push(Buffer.alloc(1 << 20, 1))'),
    ])
    const exit = once(hog, 'exit')
    await group.place([hog.pid!])
    hog.stdin.write('go')
    const [, signal] = (await exit) as [number, string]
    assert.equal(signal, 'SIGKILL')
    assert.deepEqual(await group.end(), { outOfMemory: true })
  })

  test('it starts no more processes than it may', async () => {
    const group = await groups!.create({ ...limits, processes: 5 })
    const shell = spawn('/bin/sh', ['-c', 'read go; for n in 1 2 3 4 5 6 7 8; do sleep 60 & done'])
    await group.place([shell.pid!])
    shell.stdin.write('go\n')
    let said = ''
    shell.stderr.on('data', (chunk) => (said += String(chunk)))
    await within(5000, () => /fork/i.test(said))
    assert.match(said, /fork/i)
    assert.deepEqual(await group.end(), { outOfMemory: false })
  })

  test('one of a server that was killed is removed by the next one', async () => {
    const module = JSON.stringify(new URL('cgroup.ts', import.meta.url).href)
    const server = spawn(process.execPath, [
      '--input-type=module-typescript',
      '-e',
      `import { findGroups } from ${module}
const groups = await findGroups()
await groups.create({ memory: 2 ** 30, processes: 5 })
console.log('made')
setInterval(() => {}, 1000)`,
    ])
    await once(server.stdout, 'data')
    assert.ok(groupsOf(server.pid!).length > 0)
    server.kill('SIGKILL')
    await once(server, 'exit')
    await findGroups()
    assert.deepEqual(groupsOf(server.pid!), [])
  })

  test('a session lives in one, whatever started it, and none is left', async () => {
    const { providers } = await findSandboxCandidates({ ...place, groups: groups! }, 'python')
    for (const provider of providers) {
      const kernel = (await provider.open({})) as Kernel & { pid: number }
      const name = `threadmill-${process.pid}-`
      assert.ok(
        readFileSync(`/proc/${processTree(kernel.pid).at(-1)}/cgroup`, 'utf8').includes(name),
        provider.id,
      )
      await kernel.close()
      await provider.close?.()
    }
    assert.deepEqual(groupsOf(process.pid), [])
  })

  test('a session that takes too much at once has died of its memory', async () => {
    // This is less than the watch allows, so only the kernel of the system can end the session.
    const small: Groups = { create: ({ processes }) => groups!.create({ memory: 100 * MiB, processes }) }
    const { providers } = await findSandboxCandidates({ ...place, groups: small }, 'python')
    for (const provider of providers) {
      const kernel = await provider.open({})
      for await (const output of kernel.run("hog = b'x' * (200 << 20)", {}))
        assert.equal(output.type === 'done' && output.status, 'died', provider.id)
      assert.equal((await kernel.closed).reason, 'memory', provider.id)
      await provider.close?.()
    }
  })
})

test('version 2 kills a whole group at once, also who has left the session', async (t) => {
  const folder = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']
    .map((top) => join(top, `threadmill-test-${process.pid}`))
    .find((path) => {
      try {
        mkdirSync(path)
        if (existsSync(join(path, 'cgroup.kill'))) return true
        rmdirSync(path)
        return false
      } catch {
        return false
      }
    })
  if (folder === undefined) return t.diagnostic('not tried: no hierarchy of version 2 takes a group here')
  const shell = spawn('/bin/sh', ['-c', 'read go; setsid sleep 60 & echo $!; exec sleep 60'])
  const group = cgroupOf([folder])
  await group.place([shell.pid!])
  shell.stdin.write('go\n')
  const [left] = (await once(shell.stdout, 'data')) as [Buffer]
  await group.end()
  assert.equal(existsSync(folder), false)
  assert.ok(await within(2000, () => !isAlive(shell.pid!) && !isAlive(Number(left))))
})

const waitThen = (code: string) => `process.stdin.once('data', () => { ${code} })`

/** The names of groups that process `pid` made, in all folders where this process can make groups. */
function groupsOf(pid: number): string[] {
  const own = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  return own.flatMap(([, kind = '', path = '']) => {
    const folders =
      kind === ''
        ? [`/sys/fs/cgroup${path}`, `/sys/fs/cgroup${dirname(path)}`]
        : [`/sys/fs/cgroup/${kind}${path}`]
    return folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder))
      .filter((name) => name.startsWith(`threadmill-${pid}-`) && !name.endsWith('-server'))
  })
}
