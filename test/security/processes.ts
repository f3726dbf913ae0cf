import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

export interface ProcessEntry {
  pid: number
  parent: number
  /** As in /proc/<pid>/status. */
  status: string
}

/** What runs here now, zombies left out. */
export function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'latin1')
        if (/^State:\tZ/m.test(status)) return []
        return [{ pid: Number(name), parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), status }]
      } catch {
        return []
      }
    })
}

/** The processes below this one, children before their own. */
export function descendants(pid: number): ProcessEntry[] {
  const all = processes()
  const found: ProcessEntry[] = []
  for (let parents = [pid]; parents.length > 0;) {
    const children = all.filter(({ parent }) => parents.includes(parent))
    found.push(...children)
    parents = children.map((child) => child.pid)
  }
  return found
}

/** Those of the tree that start nothing: a launcher in front of them may need powers that they must not have. */
export function leaves(pid: number): ProcessEntry[] {
  const tree = [...processes().filter((one) => one.pid === pid), ...descendants(pid)]
  return tree.filter((one) => !tree.some(({ parent }) => parent === one.pid))
}

export const isAlive = (pid: number) => processes().some((one) => one.pid === pid)

/** Whether this came true within the time. */
export async function within(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await wait(20)) if (await condition()) return true
  return await condition()
}
