import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { placeCanaries } from '../../src/sandbox/self-test/canaries.ts'
import type { Told } from './attempt.ts'
import { place } from './pairs.ts'

/** The side that judges: what it sees counts, whatever a program says. */
export interface Host extends AsyncDisposable {
  told: Omit<Told, 'namespaces'>
  /** Starts to look at memory and answers; `leaks` ends it. */
  watch(): { leaks(said: string): Promise<string[]> }
}

const MiB = 1 << 20
/** In the server's own environment. */
const variable = 'THREADMILL_CANARY'
/** Where a sandbox could leave a file if it reached the machine. */
const folders = [
  '/',
  '/bin',
  '/etc',
  '/home',
  '/mnt',
  '/mnt/data',
  '/tmp',
  '/usr',
  '/usr/lib',
  '/usr/lib/python3',
  '/var/tmp',
  '/dev',
  '/dev/shm',
]
/** What the server may grow by in one attempt, and how long it may be silent. */
const allowed = { growth: 200 * MiB, silenceMs: 5000 }

export async function startHost(node: string, uid: number | undefined): Promise<Host> {
  const canaries = await placeCanaries(node, uid, '0.0.0.0')
  const mark = `mark-${randomBytes(8).toString('hex')}`
  const leak = randomBytes(8).toString('hex')
  const secret = randomBytes(12).toString('hex')
  // What the server starts must not inherit it.
  process.env[variable] = secret
  const others = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  const addresses = others.filter(({ family, internal }) => family === 'IPv4' && !internal)
  return {
    told: {
      ...canaries.traps,
      addresses: ['127.0.0.1', ...addresses.map(({ address }) => address)],
      serverPid: process.pid,
      disk: place.limits.disk / MiB,
      mark,
      leak,
    },
    watch() {
      const before = process.memoryUsage.rss()
      const silence = monitorEventLoopDelay({ resolution: 50 })
      silence.enable()
      return {
        async leaks(said) {
          silence.disable()
          const found = await canaries.leaks(said)
          if (said.includes(secret)) found.push('the environment of the server')
          if (inspectorUrl() !== undefined) found.push('the inspector of the server')
          for (const [, what] of said.matchAll(new RegExp(`${leak}:leak ([^"\\\\\\n]*)`, 'g')))
            found.push(what!)
          for (const folder of folders)
            if (existsSync(join(folder, mark))) found.push(`a new file in ${folder}`)
          if (process.memoryUsage.rss() - before > allowed.growth) found.push('the memory of the server')
          if (silence.max / 1e6 > allowed.silenceMs) found.push('the time of the server')
          return found
        },
      }
    },
    async [Symbol.asyncDispose]() {
      delete process.env[variable]
      await canaries[Symbol.asyncDispose]()
    },
  }
}
