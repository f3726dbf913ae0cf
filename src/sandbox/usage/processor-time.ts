import { readFileSync } from 'node:fs'
import { processTree } from './process-memory.ts'

/** What Linux counts processor time in, whatever the kernel's own clock. */
const ticksPerSecond = 100

/** Seconds of processor time that the one of a process and its descendants has used that has used most; 0 without /proc. */
export function processorSeconds(pid: number): number {
  return Math.max(...processTree(pid).map(secondsOf))
}

function secondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // From the state on: the name before it may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return 0
  }
}
