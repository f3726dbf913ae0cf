import type { KernelProcess } from '../kernel/kernel-process.ts'
import { processorSeconds } from './processor-time.ts'
import { filesIn, usesMoreThan } from './process-memory.ts'
import type { SandboxLimits } from '../sandbox.ts'

const intervalMs = 250
/** As many as three folders of our own namespaces may have. */
const maxFiles = 100_000

/**
 * Looks at a kernel from outside, since what it counts itself can be changed by strangers' code: resident memory of its
 * processes, processor time of each, and files where they are not limited otherwise. Calls back when it is too much.
 */
export function watchUsage(
  child: KernelProcess,
  limits: SandboxLimits,
  tooMuch: (what: 'memory' | 'cpu') => void,
): { stop(): void } {
  let looking = false
  async function look(): Promise<void> {
    const { pid, counted = [] } = child
    if (looking || pid === 0) return
    looking = true
    if (processorSeconds(pid) >= limits.cpuSeconds) tooMuch('cpu')
    if (!child.isSupervised && (await usesMoreThan(pid, limits.memory))) tooMuch('memory')
    if ((await filesIn(pid, counted)) > maxFiles) tooMuch('memory')
    looking = false
  }
  const timer = setInterval(() => void look(), intervalMs).unref()
  return { stop: () => clearInterval(timer) }
}
