import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Running extends AsyncDisposable {
  port: number
  pid: number
}

/** Starts a file of this repository with Node and waits until its port takes connections. */
export async function startProcess(
  file: string,
  { args = [], node = [], env = {} }: { args?: string[]; node?: string[]; env?: Record<string, string> },
  port: number,
): Promise<Running> {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  const child = spawn(process.execPath, [...node, path, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(kill, 10_000)
    await ended
    clearTimeout(timer)
  }
  try {
    await listening(child, file, port)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, pid: child.pid ?? 0, [Symbol.asyncDispose]: stop }
}

async function listening(child: ChildProcess, file: string, port: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`)
    try {
      await fetch(`http://127.0.0.1:${port}/v1/models`)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error(`${file} does not listen on ${port}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Linux counts processor time in hundredths of a second. */
const ticks = 100

/** Milliseconds of processor time that the process, all its threads included, has used. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid)
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks
}

/** Resident memory in MB: of the process, and of all processes below it. */
export function memoryMb(pid: number): { own: number; children: number } {
  const below = new Set([pid])
  let children = 0
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // A child's number is greater than its parent's, save where numbers begin again.
      if (!below.has(Number(statOf(Number(name))[1]))) continue
      below.add(Number(name))
      children += rss(Number(name))
    } catch {
      // It has ended in the meantime.
    }
  }
  return { own: rss(pid), children }
}

/** From the state on, which is the third field: the name before it may hold spaces. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

const rss = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
