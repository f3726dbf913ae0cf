import type { KernelProcess } from '../kernel/kernel-process.ts'
import { processorSeconds } from './processor-time.ts'
import { filesIn, usesMoreThan } from './process-memory.ts'
import type { SandboxLimits } from '../sandbox.ts'

const intervalMs = 250
/** As many as three folders may have in the namespaces that own-namespaces.ts makes. */
const maxFiles = 100_000

/**
 * Measures a kernel from outside, because hostile code can change what the kernel counts itself: the resident memory of
 * its processes, the processor time of each, and the number of files when nothing else limits it. Calls back when a
 * limit is exceeded.
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
