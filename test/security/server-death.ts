import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KernelProvider } from '../../src/sandbox/sandbox.ts'
import { place } from './pairs.ts'
import { descendants, isAlive, within } from './processes.ts'

/** Kills a server in the middle of a cell that hears nothing. What it leaves, processes and files, are the leaks. */
export async function outliveServer(provider: KernelProvider): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'server-'))
  try {
    await chmod(folder, 0o1777)
    const server = spawn(
      process.execPath,
      ['--input-type=module-typescript', '-e', serverWith(provider.id)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: import.meta.dirname,
        env: { TMPDIR: folder },
      },
    )
    await once(server.stdout, 'data')
    const children = descendants(server.pid!)
    server.kill('SIGKILL')
    await once(server, 'exit')
    const gone = await within(120_000, () => children.every(({ pid }) => !isAlive(pid)))
    const left = await readdir(folder)
    return [
      ...(children.length > 0 ? [] : ['(no process was found)']),
      ...(gone ? [] : ['a process without its server']),
      ...left.map((name) => `${name} in the temporary folder`),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function serverWith(id: string): string {
  const module = (name: string) => JSON.stringify(new URL(`../../src/sandbox/${name}`, import.meta.url).href)
  return `
import { findGroups } from ${module('usage/cgroup.ts')}
import { findSandboxCandidates } from ${module('find-candidates.ts')}
const { providers } = await findSandboxCandidates({ ...${JSON.stringify(place)}, groups: await findGroups() }, '${id}')
const kernel = await providers[0].open({})
const busy = \`import os, time
try: child = os.fork()
except Exception: child = None
if child != 0: print("busy", flush=True)
while True:
    try:
        time.sleep(0.01)
        sum(range(10**6))
    except BaseException: pass\`
for await (const output of kernel.run(busy, {})) process.stdout.write(JSON.stringify(output))
`
}
