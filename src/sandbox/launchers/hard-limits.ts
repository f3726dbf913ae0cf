import { readFileSync } from 'node:fs'

/** Limits of the kernel by the names of setrlimit(2), in its units. */
export type KernelLimits = Record<string, number>

/** The names of the limits in /proc/<pid>/limits on Linux. */
const names: Record<string, string> = {
  as: 'address space',
  core: 'core file size',
  cpu: 'cpu time',
  data: 'data size',
  fsize: 'file size',
  memlock: 'locked memory',
  msgqueue: 'msgqueue size',
  nofile: 'open files',
  nproc: 'processes',
  sigpending: 'pending signals',
}

/** Lowers each limit to the hard limit of the server. A higher limit would be refused, and then nothing would start. */
export function withinHardLimits<Limits extends KernelLimits>(
  limits: Limits,
  file = '/proc/self/limits',
): Limits {
  const lines = linesOf(file)
  const allowed = ([name, value]: [string, number]): [string, number] => {
    const line = lines.find((one) => one.startsWith(`Max ${names[name]} `)) ?? ''
    // The columns are soft limit, hard limit and unit.
    const [, hard] = /\s(?:\d+|unlimited)\s+(\d+)(?:\s|$)/.exec(line) ?? []
    return [name, hard === undefined ? value : Math.min(value, Number(hard))]
  }
  return Object.fromEntries(Object.entries(limits).map(allowed)) as Limits
}

/** Empty when the system has no such file. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n')
  } catch {
    return []
  }
}
