import type { Group, Groups } from './cgroup.ts'
import type { KernelProcess } from '../kernel/kernel-process.ts'
import { processTree } from './process-memory.ts'
import { SandboxUnavailable, type SandboxLimits } from '../sandbox.ts'

/** What the launcher needs, and what the kernel of the system allocates for a session. */
const own = { memory: 64 << 20, processes: 8 }

/**
 * Opens the process of a kernel and puts it into its own control group when groups can be made. The group may use
 * `memory`, and in addition `files` bytes for files in memory. It ends with the process. Throws SandboxUnavailable.
 */
export async function inGroup(
  groups: Groups | undefined,
  { memory, processes }: SandboxLimits,
  files: number,
  open: () => Promise<KernelProcess>,
): Promise<KernelProcess> {
  if (!groups) return await open()
  const group = await createGroup(groups, memory + files, processes)
  let child: KernelProcess
  try {
    child = await open()
  } catch (error) {
    await group.end()
    throw error
  }
  async function place(): Promise<void> {
    await child.identified
    if (child.pid !== 0) await group.place(processTree(child.pid).slice(child.isSupervised ? 1 : 0))
  }
  // Moving a process takes a while, and the session starts meanwhile.
  const placed = place()
  placed.catch(() => {})
  return {
    ...child,
    get pid() {
      return child.pid
    },
    async settle() {
      await placed
      // This moves the processes that were started before their parent was moved.
      await place()
    },
    ended: child.ended.then(async (why) => {
      const { outOfMemory } = await group.end()
      return why ?? (outOfMemory ? 'memory' : undefined)
    }),
  }
}

async function createGroup(groups: Groups, memory: number, processes: number): Promise<Group> {
  try {
    return await groups.create({ memory: memory + own.memory, processes: processes + own.processes })
  } catch (error) {
    throw new SandboxUnavailable(`no control group could be made: ${(error as Error).message}`)
  }
}
