import { readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * How the name of a new folder begins that goes with its process: it says which one has made it, so that a later start can
 * tell whether a process that was killed has left it behind. `data` is the data folder of a server that was given none.
 */
export const temporaryName = (purpose: 'zygote' | 'canary' | 'data'): string =>
  `threadmill-${purpose}-${processSpace()}-${process.pid}-${bornAt(process.pid)}-`

/** A new folder of the system's temporary folder. */
export const makeTemporaryFolder = (purpose: 'zygote' | 'canary'): Promise<string> =>
  mkdtemp(join(tmpdir(), temporaryName(purpose)))

const ours = /^threadmill-(?:zygote|canary|data)-([^-]+)-(\d+)-(\d+)-[^-]+$/

/**
 * Removes the folders of processes that are gone. Those of a container that shares the temporary folder stay: whether
 * its processes live cannot be seen from here. Never rejects.
 */
export async function removeLeftFolders(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const [, space, pid, born] = ours.exec(name) ?? []
    if (space !== processSpace() || bornAt(Number(pid)) === Number(born)) continue
    // Of another user, perhaps.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
}

/** Where process numbers mean what they mean here. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
  } catch {
    return '0'
  }
}

/** When a process began, in ticks since the system did; 0 where that is not known, -1 where there is no such process. */
function bornAt(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Counted from the end of the program's name, which may hold spaces.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return lives(pid) ? 0 : -1
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
