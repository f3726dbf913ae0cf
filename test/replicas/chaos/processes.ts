import { readdirSync, readFileSync } from 'node:fs'

/** A process. Its id alone could belong to a later process. */
export interface Seen {
  pid: number
  /** The start of the process, in ticks since the start of the machine. */
  started: string
  command: string
}

/** All processes below this one, from Linux's /proc. */
export function descendants(pid: number): Seen[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = statOf(Number(name))?.parent
    if (parent !== undefined) parents.set(Number(name), parent)
  }
  const below = (of: number): number[] =>
    [...parents].flatMap(([child, parent]) => (parent === of ? [child, ...below(child)] : []))
  return below(pid).flatMap((child) => {
    const stat = statOf(child)
    return stat ? [{ pid: child, started: stat.started, command: stat.command }] : []
  })
}

/** Whether the process still runs. A zombie does not. */
export const runs = ({ pid, started }: Seen): boolean => {
  const now = statOf(pid)
  return now !== undefined && now.started === started && now.state !== 'Z'
}

function statOf(pid: number) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may contain spaces and brackets.
    const end = stat.lastIndexOf(')')
    const fields = stat.slice(end + 2).split(' ')
    return {
      command: stat.slice(stat.indexOf('(') + 1, end),
      state: fields[0],
      parent: Number(fields[1]),
      started: fields[19] ?? '',
    }
  } catch {
    return undefined
  }
}
