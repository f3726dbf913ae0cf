import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { findSandboxCandidates } from '../find-candidates.ts'
import type { KernelProvider, KernelOutput } from '../sandbox.ts'
import { place } from '../../../test/security/pairs.ts'

// How the memory of a session is limited when the server cannot make control groups, and kinds of memory that are
// easily overlooked.

const MiB = 1 << 20
const { groups: _, ...withoutGroups } = place
const limits = { ...place.limits, memory: 512 * MiB, disk: 128 * MiB }
const { providers, missing } = await findSandboxCandidates({ ...withoutGroups, limits }, 'python')
after(() => Promise.all(providers.map((provider) => provider.close?.())))

/** Runs `take` in twelve processes. Each uses less than the limit of one process. */
const inProcesses = (take: string) => `import ctypes, mmap, os, socket, threading, time
libc = ctypes.CDLL(None)
exit_thread = 60 if os.uname().machine == 'x86_64' else 93
def take():
${take.replaceAll(/^/gm, '    ')}
for _ in range(12):
    if os.fork() == 0:
        take()
        time.sleep(20)
        os._exit(0)
time.sleep(20)`

const programs: Record<string, { program: string; withNetwork?: true }> = {
  'of a process whose first thread has ended': {
    program: inProcesses(`def hold():
    hog = bytearray(60 << 20)
    time.sleep(20)
threading.Thread(target=hold).start()
libc.syscall(exit_thread, 0)`),
  },
  'of page tables of pages that are not there': {
    program:
      inProcesses(`empty = mmap.mmap(-1, 1 << 35, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
for place in range(0, 1 << 35, 2 << 20): empty[place]
time.sleep(20)`),
  },
  'that waits in sockets': {
    program: inProcesses(`pairs = [socket.socketpair() for _ in range(110)]
for one in (one for pair in pairs for one in pair):
    one.setblocking(False)
    try:
        while True: one.send(bytes(4096))
    except BlockingIOError: pass
time.sleep(20)`),
  },
  'that waits in connections which nobody has taken, and whose other end is closed': {
    withNetwork: true,
    program: `import socket, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(b'\\0full')
listener.listen(4096)
for _ in range(2500):
    one = socket.socket(socket.AF_UNIX)
    one.connect(b'\\0full')
    one.setblocking(False)
    try:
        while True: one.send(bytes(4096))
    except BlockingIOError: one.close()
time.sleep(20)`,
  },
}

test('which pairs are looked at here', (t) => {
  t.diagnostic(providers.map(({ id }) => id).join(', ') || missing.join('; '))
})

for (const provider of providers)
  for (const [what, { program, withNetwork }] of Object.entries(programs))
    if (!withNetwork || provider.isolation === 'namespaces')
      test(`${provider.id}: memory ${what} ends the session`, async () => {
        assert.deepEqual(await endOf(provider, program), { status: 'died', reason: 'memory' })
      })

for (const provider of providers)
  test(`${provider.id}: no process reserves memory without end`, async () => {
    const program = `import mmap
mmap.mmap(-1, 1 << 38, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)`
    const kernel = await provider.open({})
    const outputs = await Array.fromAsync<KernelOutput>(kernel.run(program, {}))
    await kernel.close()
    assert.match(JSON.stringify(outputs), /Cannot allocate memory/)
  })

async function endOf(provider: KernelProvider, program: string) {
  const kernel = await provider.open({})
  const last = (await Array.fromAsync<KernelOutput>(kernel.run(program, {}))).at(-1)
  const status = last?.type === 'done' ? last.status : undefined
  // A session that did not end would keep its memory until the end of the test.
  if (status !== 'died') await kernel.close()
  return { status, reason: (await kernel.closed).reason }
}
