import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findHierarchies, type GroupLimits, type Hierarchy } from './cgroup-hierarchy.ts'

/** A control group of Linux: the kernel counts and limits all processes in it together, whatever they do. */
export interface Group {
  /** Moves processes into it; what they start from then on is in it as well. Who has ended is passed over. */
  place(pids: number[]): Promise<void>
  /** Kills whatever is in it and removes it. Tells whether the kernel has killed one of its processes for memory. */
  end(): Promise<{ outOfMemory: boolean }>
}

export interface Groups {
  /** Throws when it cannot be made. */
  create(limits: GroupLimits): Promise<Group>
}

const endMs = 2000

/**
 * The groups that this server may make below its own: as root, in a unit or scope of systemd with `Delegate=yes`, or
 * where it was given the folder. undefined elsewhere. Removes those of servers that were killed.
 */
export async function findGroups(proc = '/proc/self'): Promise<Groups | undefined> {
  try {
    const hierarchies = await findHierarchies(proc)
    for (const { folder } of hierarchies) await removeStale(folder)
    const groups: Groups = { create: (limits) => createGroup(hierarchies, limits) }
    await (await groups.create({ memory: 2 ** 30, processes: 64 })).end()
    return groups
  } catch {
    return undefined
  }
}

async function createGroup(hierarchies: Hierarchy[], limits: GroupLimits): Promise<Group> {
  const name = `threadmill-${process.pid}-${randomUUID().slice(0, 8)}`
  const group = cgroupOf(hierarchies.map(({ folder }) => join(folder, name)))
  try {
    for (const { folder, settings } of hierarchies) {
      await mkdir(join(folder, name))
      for (const { file, value, optional } of settings(limits)) {
        const written = writeFile(join(folder, name, file), String(value))
        await (optional ? written.catch(() => {}) : written)
      }
    }
    return group
  } catch (error) {
    await group.end()
    throw error
  }
}

/** The group that has these folders, one in each hierarchy. */
export function cgroupOf(folders: string[]): Group {
  const placed = new Set<number>()
  return {
    async place(pids) {
      for (const pid of pids.filter((one) => !placed.has(one))) {
        placed.add(pid)
        for (const folder of folders) await move(pid, folder)
      }
    },
    async end() {
      const outOfMemory = (await Promise.all(folders.map(hadTooLittleMemory))).includes(true)
      await Promise.all(folders.map(remove))
      return { outOfMemory }
    },
  }
}

async function move(pid: number, folder: string): Promise<void> {
  try {
    await writeFile(join(folder, 'cgroup.procs'), String(pid))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function hadTooLittleMemory(folder: string): Promise<boolean> {
  for (const file of ['memory.events', 'memory.oom_control']) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '')
    if (/^oom_kill [1-9]/m.test(text)) return true
  }
  return false
}

/** Whoever has been killed is in it for a moment yet. */
async function remove(folder: string): Promise<void> {
  for (const end = Date.now() + endMs; Date.now() < end; await wait(5)) {
    await killAll(folder)
    const error = await rmdir(folder).catch((reason: NodeJS.ErrnoException) => reason)
    if (error?.code !== 'EBUSY') return
  }
}

async function killAll(folder: string): Promise<void> {
  try {
    // Since Linux 5.14, in version 2.
    await writeFile(join(folder, 'cgroup.kill'), '1', { flag: 'r+' })
  } catch {
    const pids = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
    for (const pid of pids.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/** Those of servers that are no more, which are empty: their processes ended with them. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^threadmill-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rmdir(join(parent, name)).catch(() => {})
  }
}
