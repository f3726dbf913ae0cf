import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Kernel, KernelProvider } from '../sandbox.ts'
import { startSessions } from '../sessions.ts'
import { prelude } from './attempt.ts'
import type { Host } from './host.ts'
import { place } from './pairs.ts'
import { descendants, isAlive, leaves } from './processes.ts'
import { all } from './all.ts'

/** What takes more than one program in one session. */
export interface Case {
  id: string
  what: string
  held: string
  /** Gives the leaks. */
  run(provider: KernelProvider, host: Host): Promise<string[]>
}

type OwnKernel = Kernel & { pid: number }

export const cases: Case[] = [
  {
    id: 'I01',
    what: 'look for what another session left, which is still open',
    held: 'no variable, file, shared memory or process of it',
    run: readOtherSession,
  },
  {
    id: 'H04',
    what: 'run as root because the server is root',
    held: 'as the host sees it: not root, no capability, no new privileges, filtered system calls',
    run: lookAtPrivileges,
  },
  {
    id: 'H06',
    what: 'open a session after another one was closed',
    held: 'nothing of the closed one is left',
    run: (provider, host) => readOtherSession(provider, host, true),
  },
  {
    id: 'H07',
    what: 'outlive a server that is killed, however busy',
    held: 'no process is left',
    run: outliveServer,
  },
  {
    id: 'H08',
    what: 'open more sessions at once than are allowed, and leave them',
    held: 'never more than allowed; all gone when idle',
    run: openMany,
  },
]

async function readOtherSession(provider: KernelProvider, host: Host, closed = false): Promise<string[]> {
  const told = prelude({ ...host.told, namespaces: true })
  const first = await provider.open({})
  const second = closed ? undefined : await provider.open({})
  const leave = `${told}
kept = sys.kept = MARK
for folder in ('/mnt/data', '/tmp', '/dev/shm'): attempt(folder, lambda: open(f'{folder}/{MARK}', 'w').write('x'))
def sleeper():
    import subprocess
    subprocess.Popen(['sleep', '61.7'])
if not js: attempt('process', sleeper)`
  const look = `${told}
if hasattr(sys, 'kept') or 'kept' in globals(): leak('a variable')
for folder in ('/mnt/data', '/tmp', '/dev/shm'):
    if os.path.exists(f'{folder}/{MARK}'): leak('a file in', folder)
def lines():
    for name in os.listdir('/proc'):
        if name.isdigit() and b'61.7' in open(f'/proc/{name}/cmdline', 'rb').read(): leak('a process')
attempt('processes', lines)
print('looked')`
  const watch = host.watch()
  await all(first.run(leave, {}))
  if (closed) await first.close()
  const after = second ?? (await provider.open({}))
  const said = JSON.stringify(await all(after.run(look, {})))
  await Promise.all([first.close(), after.close()])
  return [...(await watch.leaks(said)), ...(said.includes('looked') ? [] : ['(it did not come to its end)'])]
}

async function lookAtPrivileges(provider: KernelProvider): Promise<string[]> {
  const kernel = (await provider.open({})) as OwnKernel
  try {
    await all(kernel.run('1', {}))
    await within(2000, () => kernel.pid !== 0)
    const found = kernel.pid === 0 ? [] : leaves(kernel.pid)
    const wanted = {
      'the user root': /^Uid:\t[1-9]\d*\t[1-9]\d*\t[1-9]\d*\t[1-9]\d*$/m,
      capabilities: /^CapEff:\t0+$/m,
      'new privileges': /^NoNewPrivs:\t1$/m,
      // bwrap and our own namespaces apply the filter; util-linux's unshare and the seat belt have none.
      ...(provider.isolation === 'namespaces' && { 'all system calls': /^Seccomp:\t2$/m }),
    }
    const leaks = found.flatMap(({ status }) =>
      Object.entries(wanted).flatMap(([what, held]) => (held.test(status) ? [] : [what])),
    )
    return found.length > 0 ? leaks : ['(no process was found)']
  } finally {
    await kernel.close()
  }
}

async function outliveServer(provider: KernelProvider): Promise<string[]> {
  const server = spawn(process.execPath, ['--input-type=module-typescript', '-e', serverWith(provider.id)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  })
  await once(server.stdout, 'data')
  const children = descendants(server.pid!)
  server.kill('SIGKILL')
  await once(server, 'exit')
  const gone = await within(5000, () => children.every(({ pid }) => !isAlive(pid)))
  if (children.length === 0) return ['(no process was found)']
  return gone ? [] : ['a process without its server']
}

/** A server in the middle of a cell that hears nothing. */
function serverWith(id: string): string {
  const module = JSON.stringify(new URL('../find-candidates.ts', import.meta.url).href)
  return `
import { findCandidates } from ${module}
const { providers } = await findCandidates(${JSON.stringify(place)}, '${id}')
const kernel = await providers[0].open({})
const busy = \`import os, time
print("busy", flush=True)
try: os.fork()
except Exception: pass
while True:
    try:
        time.sleep(0.01)
        sum(range(10**6))
    except BaseException: pass\`
for await (const output of kernel.run(busy, {})) process.stdout.write(JSON.stringify(output))
`
}

async function openMany(provider: KernelProvider): Promise<string[]> {
  // A fork server starts fifty as quickly as the others start a few.
  const [count, maxSessions] = provider.id.endsWith('+zygote') ? [50, 10] : [5, 2]
  const sessions = startSessions(Promise.resolve(provider), {
    maxSessions,
    idleMs: 200,
    maxAgeMs: 60_000,
    spares: 0,
  })
  const trees: number[] = []
  let open = 0
  let most = 0
  let wrong = 0
  const once = (key: string) =>
    sessions.use(key, async ({ kernel, fresh }) => {
      if (fresh) {
        most = Math.max(most, ++open)
        void kernel.closed.then(() => open--)
      }
      const said = JSON.stringify(await all(kernel.run('6 * 7', {})))
      if (!said.includes('42')) wrong++
      const { pid } = kernel as OwnKernel
      // 0 while it is not known; a fork server may say it late.
      if (pid !== 0) trees.push(pid, ...descendants(pid).map((one) => one.pid))
    })
  await Promise.all(Array.from({ length: count }, (_, i) => once(`thread ${i}`)))
  const gone = await within(5000, () => open === 0 && trees.every((pid) => !isAlive(pid)))
  await sessions.close()
  return [
    ...(most > maxSessions ? [`${most} sessions instead of ${maxSessions}`] : []),
    ...(wrong > 0 ? [`(${wrong} sessions did not answer)`] : []),
    ...(gone ? [] : ['processes of sessions that are idle']),
  ]
}

async function within(ms: number, condition: () => boolean): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await wait(20)) if (condition()) return true
  return condition()
}
