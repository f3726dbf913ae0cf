import { readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The beginning of the name of a new temporary folder. It names the process that made the folder, so that a later start
 * can remove the folder when that process was killed. `data` is the data folder of a server that was started without
 * one, `reading` that of a command which only reads.
 */
export const temporaryName = (purpose: 'zygote' | 'canary' | 'data' | 'reading'): string =>
  `threadmill-${purpose}-${processSpace()}-${process.pid}-${bornAt(process.pid)}-`

/** Makes a folder in the temporary folder of the system. The error says what to do where that is missing or closed. */
export async function makeTemporaryFolder(purpose: 'zygote' | 'canary' | 'reading'): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), temporaryName(purpose)))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(
      `nothing can be written in the temporary folder ${tmpdir()} (${code}): make it and let the user of this process write there, or set TMPDIR to another folder`,
      { cause: error },
    )
  }
}

const ours = /^threadmill-(?:zygote|canary|data|reading)-([^-]+)-(\d+)-(\d+)-[^-]+$/

/**
 * Removes the folders of processes that have ended. Folders of a container that shares the temporary folder stay,
 * because it cannot be seen from here whether its processes live. Never rejects.
 */
export async function removeLeftFolders(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const [, space, pid, born] = ours.exec(name) ?? []
    if (space !== processSpace() || bornAt(Number(pid)) === Number(born)) continue
    // The folder may belong to another user.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
}

/** An id of the PID namespace, in which process numbers can be compared with those of this process. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
  } catch {
    return '0'
  }
}

/**
 * When a process began, in ticks since the system started. 0 when that is not known, -1 when there is no such process.
 */
function bornAt(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The fields are counted from the end of the name of the program, because the name may contain spaces.
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
