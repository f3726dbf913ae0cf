import { readdirSync, readFileSync } from 'node:fs'

/**
 * Resident bytes of a process and all its descendants, read from Linux's /proc; undefined where there is none.
 * A process that ends meanwhile counts as nothing.
 */
export function residentMemory(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  let sum = 0
  const rest = [pid]
  // A fork bomb must not turn the watch into one.
  for (let looked = 0; looked < 256; looked++) {
    const next = rest.pop()
    if (next === undefined) break
    try {
      const status = readFileSync(`/proc/${next}/status`, 'latin1')
      sum += 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
      rest.push(...children(next))
    } catch {
      continue
    }
  }
  return sum
}

function children(pid: number): number[] {
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
