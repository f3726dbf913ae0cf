import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { findProgram } from '../../src/sandbox/launchers/launcher.ts'
import type { Kernel, KernelProvider } from '../../src/sandbox/sandbox.ts'
import { outputText } from '../../src/sandbox/self-test/output-text.ts'
import { all } from './all.ts'
import { prelude } from './attempt.ts'
import type { Host } from './host.ts'
import { descendants } from './processes.ts'
import type { Shared } from './shared.ts'

type OwnKernel = Kernel & { pid: number }

/** Two sessions that look at each other, with the host between them. Gives the leaks. */
export async function lookAtEachOther(provider: KernelProvider, host: Host, one: Shared): Promise<string[]> {
  const [first, second] = (await Promise.all([provider.open({}), provider.open({})])) as OwnKernel[]
  const watch = host.watch()
  const namespaces = provider.isolation.startsWith('namespaces')
  const told = prelude({ ...host.told, namespaces })
  const finished = `\nprint(traps['leak'] + ':end')`
  const said: string[] = []
  const run = async (kernel: Kernel, program: string) => {
    said.push(outputText(await all(kernel.run(told + program + finished, {}))))
  }
  try {
    await run(first!, one.first)
    const others = [...trees(first!.pid), host.told.serverPid]
    const before = others.concat(trees(second!.pid)).map(seenFromOutside)
    await run(second!, `OTHERS = ${JSON.stringify(others)}\n${one.second}`)
    const found = byHost[one.id]?.(second!.pid, namespaces) ?? []
    const after = others.concat(trees(second!.pid)).map(seenFromOutside)
    await run(first!, one.again ?? `print('here')`)
    await wait(20)
    const whole = said.every((text) => text.includes(`${host.told.leak}:end`))
    const same = one.id !== 'T05' || JSON.stringify(before) === JSON.stringify(after)
    return [
      ...(await watch.leaks(said.join('\n'))),
      ...found,
      ...(whole ? [] : ['(a program did not come to its end)']),
      ...(same ? [] : ['a process of the other one is not as it was']),
      ...(/"ename":"(SyntaxError|IndentationError|NameError)"/.test(said.join(''))
        ? ['(a program is wrong)']
        : []),
    ]
  } finally {
    await Promise.all([first!.close(), second!.close()])
  }
}

const trees = (pid: number) => (pid === 0 ? [] : [pid, ...descendants(pid).map((one) => one.pid)])

/** Priority, processors and limits of a process. */
function seenFromOutside(pid: number): string {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1')
  try {
    const [nice, policy] = [18, 40].map(
      (field) =>
        read('stat')
          .replace(/^.*\) /s, '')
          .split(' ')[field - 2],
    )
    return JSON.stringify([nice, policy, /Cpus_allowed:.*/.exec(read('status'))?.[0], read('limits')])
  } catch {
    return 'gone'
  }
}

/** What only the host can see, while both have what they took. */
const byHost: Record<string, (second: number, namespaces: boolean) => string[]> = {
  T03: (_, namespaces) => {
    const path = '/etc/ld.so.cache'
    const ways = [`import fcntl; fcntl.flock(open('${path}'), fcntl.LOCK_EX | fcntl.LOCK_NB)`]
    // Only who may write to it can try; and behind Landlock it can be held up, as docs/security.md says.
    if (namespaces && process.getuid?.() === 0)
      ways.push(`import fcntl; fcntl.lockf(open('${path}', 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)`)
    const python = existsSync(path) ? findProgram('python3') : undefined
    return python ? ways.filter((way) => !succeeds(python, ['-c', way])).map(() => `a lock on ${path}`) : []
  },
  T10: (second) =>
    trees(second).flatMap((pid) => {
      const limits = readFileSync(`/proc/${pid}/limits`, 'latin1')
      return /^Max core file size +1 +1 /m.test(limits) ? [] : [`a core dump of ${pid}`]
    }),
}

function succeeds(file: string, args: string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
