import type { KernelProcess } from './kernel-process.ts'
import { filesIn, usesMoreThan } from './process-memory.ts'

const intervalMs = 250
/** As many as three folders of our own namespaces may have. */
const mostFiles = 100_000

/**
 * Looks at a kernel from outside, since what it counts itself can be changed by strangers' code: resident memory of its
 * processes, and files where they are not limited otherwise. Calls back when it is too much.
 */
export function watchMemory(child: KernelProcess, limit: number, tooMuch: () => void): { stop(): void } {
  let looking = false
  async function look(): Promise<void> {
    const { pid, counted = [] } = child
    if (looking || pid === 0 || child.isSupervised) return
    looking = true
    if ((await usesMoreThan(pid, limit)) || (await filesIn(pid, counted)) > mostFiles) tooMuch()
    looking = false
  }
  const timer = setInterval(() => void look(), intervalMs).unref()
  return { stop: () => clearInterval(timer) }
}
