import { readdirSync, readFileSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import { residentByPs } from './resident-by-ps.ts'

/**
 * Whether a process and its descendants use more than `limit` bytes. Pages that forked processes share are counted once
 * only where their sum is too much, because that takes the kernel a walk through all of them.
 */
export async function usesMoreThan(pid: number, limit: number): Promise<boolean> {
  if (process.platform !== 'linux') return (await residentByPs(pid)) > limit
  if ((residentMemory(pid) ?? 0) <= limit) return false
  return (await proportionalMemory(pid)) > limit
}

/**
 * Resident bytes of a process and all its descendants, read from Linux's /proc; undefined where there is none.
 * A process that ends meanwhile counts as nothing.
 */
export function residentMemory(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  return processTree(pid).reduce((sum, one) => sum + resident(one), 0)
}

/** The same with each page divided by the number of processes that share it, with strangers as well. */
export async function proportionalMemory(pid: number): Promise<number> {
  let sum = 0
  for (const one of processTree(pid)) {
    const text = await readFile(`/proc/${one}/smaps_rollup`, 'latin1').catch(() => '')
    const shared = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
    sum += shared === undefined ? resident(one) : 1024 * Number(shared)
  }
  return sum
}

/**
 * Files and folders in the file systems at these paths, as the processes below a launcher see them: an empty one takes a
 * kilobyte of the kernel's memory. 0 where the launcher has started nothing yet.
 */
export async function filesIn(pid: number, folders: string[]): Promise<number> {
  const [, inside] = folders.length > 0 ? processTree(pid) : []
  let sum = 0
  for (const folder of inside === undefined ? [] : folders) {
    const { files, ffree } = await statfs(`/proc/${inside}/root${folder}`).catch(() => ({
      files: 0,
      ffree: 0,
    }))
    sum += files - ffree
  }
  return sum
}

function resident(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** A process and its descendants. */
export function processTree(pid: number): number[] {
  const found = [pid]
  for (const one of found) {
    // A fork bomb must not turn the watch into one.
    if (found.length > 256) break
    try {
      found.push(...children(one))
    } catch {
      continue
    }
  }
  return found
}

/** Throws when there is no such process. */
export function children(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  try {
    return threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    // A kernel without CONFIG_PROC_CHILDREN: look for the parent in every process.
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
      .map(Number)
  }
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
  } catch {
    return undefined
  }
}
