import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile, stat, statfs } from 'node:fs/promises'
import { residentByPs } from './resident-by-ps.ts'

/**
 * Whether a process and its descendants use more than `limit` bytes, with their page tables and the data that may wait
 * in their sockets. Pages that processes share are first counted for each of them. The exact shares are read only when
 * that sum is too large, because the kernel must then walk through all pages.
 */
export async function usesMoreThan(pid: number, limit: number): Promise<boolean> {
  if (process.platform !== 'linux') return (await residentByPs(pid)) > limit
  const rest = limit - socketBuffers(pid)
  if ((residentMemory(pid) ?? 0) <= rest) return false
  return (await proportionalMemory(pid)) > rest
}

/** The bytes that a process and its descendants use, pages that they share counted once. */
export const memoryOf = (pid: number): Promise<number> =>
  process.platform === 'linux' ? proportionalMemory(pid) : residentByPs(pid)

/**
 * The resident bytes of a process and all its descendants, from Linux's /proc. Undefined when there is no /proc. A
 * process that ends meanwhile counts as nothing.
 */
export function residentMemory(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  return processTree(pid).reduce((sum, one) => sum + resident(one), 0)
}

/** The same, with each page divided by the number of all processes that share it. */
export async function proportionalMemory(pid: number): Promise<number> {
  let sum = 0
  for (const one of processTree(pid)) {
    const shares = await sharesOf(one)
    sum += shares ?? resident(one)
  }
  return sum
}

/**
 * The number of files and folders in the file systems at these paths, as the processes below a launcher see them. An
 * empty file takes a kilobyte of the kernel's memory. 0 when the launcher has started nothing yet, or when its
 * processes still see the folders of the machine.
 */
export async function filesIn(pid: number, folders: string[]): Promise<number> {
  const [, inside] = folders.length > 0 ? processTree(pid) : []
  if (inside === undefined) return 0
  let sum = 0
  for (const folder of folders) sum += await filesOfOwn(inside, folder)
  return sum
}

async function filesOfOwn(pid: number, folder: string): Promise<number> {
  const path = `/proc/${pid}/root${folder}`
  try {
    const counted = await statfs(path)
    const [theirs, ours] = await Promise.all([deviceOf(path), deviceOf(folder)])
    return theirs === undefined || theirs === ours ? 0 : counted.files - counted.ffree
  } catch {
    return 0
  }
}

/** The device of the file system that a folder is in. Undefined when there is no such folder. */
async function deviceOf(folder: string): Promise<number | undefined> {
  return (await stat(folder).catch(() => undefined))?.dev
}

/** The resident pages and the page tables. The tables can be large without any page. */
function resident(pid: number): number {
  // When the first thread has ended, its files are empty, but the other threads continue.
  for (const folder of [`/proc/${pid}`, ...threads(pid)]) {
    const status = textOf(`${folder}/status`)
    const found = [...status.matchAll(/^Vm(?:RSS|PTE):\s+(\d+) kB$/gm)]
    if (found.length > 0) return found.reduce((sum, [, size]) => sum + 1024 * Number(size), 0)
  }
  return 0
}

/**
 * The same, with each page divided by the number of processes that share it. Undefined when the kernel does not say.
 */
async function sharesOf(pid: number): Promise<number | undefined> {
  for (const folder of [`/proc/${pid}`, ...threads(pid)]) {
    const text = await readFile(`${folder}/smaps_rollup`, 'latin1').catch(() => '')
    const pages = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
    const tables = /^VmPTE:\s+(\d+) kB$/m.exec(textOf(`${folder}/status`))?.[1] ?? 0
    if (pages !== undefined) return 1024 * (Number(pages) + Number(tables))
  }
  return undefined
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)
  } catch {
    return []
  }
}

/**
 * The bytes that may wait in the sockets of a session with its own network. The kernel counts the sockets there, and
 * each is assumed to be full, whether a process has it open or it waits inside another one. 0 in the network of the
 * machine.
 */
function socketBuffers(pid: number): number {
  const [first, inside = first] = processTree(pid)
  const network = linkOf(`/proc/${inside}/ns/net`)
  if (network === undefined || network === linkOf('/proc/self/ns/net')) return 0
  const used = /^sockets: used (\d+)$/m.exec(textOf(`/proc/${inside}/net/sockstat`))?.[1] ?? 0
  const each = Number(textOf('/proc/sys/net/core/wmem_default')) || 212_992
  return Number(used) * each
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Empty when the file does not exist any more. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The ids of a process and its descendants. */
export function processTree(pid: number): number[] {
  const found = [pid]
  for (const one of found) {
    // The watch itself must stay cheap during a fork bomb.
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
    // On a kernel without CONFIG_PROC_CHILDREN, the parent of every process is read.
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
