import type { Kernel, KernelProvider } from '../../src/sandbox/sandbox.ts'
import { outputText } from '../../src/sandbox/self-test/output-text.ts'
import { prelude } from './attempt.ts'
import type { Host } from './host.ts'
import { all } from './all.ts'
import { openMany } from './many-sessions.ts'
import { leaves, within } from './processes.ts'
import { outliveServer } from './server-death.ts'
import { shared } from './shared.ts'
import { lookAtEachOther } from './two-sessions.ts'

/** What takes more than one program in one session. */
export interface Case {
  id: string
  what: string
  held: string
  /** Why it is not tried where only Node's permission model holds. */
  openInSeatBelt?: string
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
    held: 'no process and no file is left',
    run: outliveServer,
  },
  {
    id: 'H08',
    what: 'open five times as many sessions as are allowed, leave them, and keep one in use',
    held: 'never more than allowed; all gone when idle or too old',
    run: openMany,
  },
  ...shared.map((one) => ({
    ...one,
    run: (provider: KernelProvider, host: Host) => lookAtEachOther(provider, host, one),
  })),
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
  const said = outputText(await all(after.run(look, {})))
  await Promise.all([first.close(), after.close()])
  return [...(await watch.leaks(said)), ...(said.includes('looked') ? [] : ['(it did not come to its end)'])]
}

async function lookAtPrivileges(provider: KernelProvider): Promise<string[]> {
  const kernel = (await provider.open({})) as OwnKernel
  try {
    await all(kernel.run('1', {}))
    await within(30_000, () => kernel.pid !== 0)
    const found = kernel.pid === 0 ? [] : leaves(kernel.pid)
    const wanted = {
      'the user root': /^Uid:\t[1-9]\d*\t[1-9]\d*\t[1-9]\d*\t[1-9]\d*$/m,
      capabilities: /^CapEff:\t0+$/m,
      'new privileges': /^NoNewPrivs:\t1$/m,
      // bwrap, our own namespaces and Landlock apply the filter; util-linux's unshare and the seat belt have none.
      ...(['namespaces', 'landlock'].includes(provider.isolation) && {
        'all system calls': /^Seccomp:\t2$/m,
      }),
    }
    const leaks = found.flatMap(({ status }) =>
      Object.entries(wanted).flatMap(([what, held]) => (held.test(status) ? [] : [what])),
    )
    return found.length > 0 ? leaks : ['(no process was found)']
  } finally {
    await kernel.close()
  }
}
