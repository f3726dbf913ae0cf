import { readFileSync } from 'node:fs'
import { processTree } from './process-memory.ts'

/** The unit of processor time on Linux, whatever the kernel's own clock is. */
const ticksPerSecond = 100

/** The largest processor time that a process or one of its descendants has used, in seconds. 0 without /proc. */
export function processorSeconds(pid: number): number {
  return Math.max(...processTree(pid).map(secondsOf))
}

function secondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The fields begin after the name, because the name may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return 0
  }
}
