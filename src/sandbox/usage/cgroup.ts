import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findHierarchies, type GroupLimits, type Hierarchy } from './cgroup-hierarchy.ts'

/** A control group of Linux. The kernel counts and limits all its processes together, whatever they do. */
export interface Group {
  /**
   * Moves processes into the group. Processes that they start later are in it as well. Processes that have ended are
   * skipped.
   */
  place(pids: number[]): Promise<void>
  /** Kills all processes of the group and removes it. Tells whether the kernel killed one of them because of memory. */
  end(): Promise<{ outOfMemory: boolean }>
}

export interface Groups {
  /** Throws when the group cannot be made. */
  create(limits: GroupLimits): Promise<Group>
}

const endMs = 2000

/**
 * The groups that this server may make below its own group. This works as root, in a unit or scope of systemd with
 * `Delegate=yes`, or when the folder was given to the user. Otherwise undefined. Removes the groups of servers that
 * were killed.
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

/** The group with these folders, one in each hierarchy. */
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

/** Removal is repeated, because a killed process stays in the group for a moment. */
async function remove(folder: string): Promise<void> {
  for (const end = Date.now() + endMs; Date.now() < end; await wait(5)) {
    await killAll(folder)
    const error = await rmdir(folder).catch((reason: NodeJS.ErrnoException) => reason)
    if (error?.code !== 'EBUSY') return
  }
}

async function killAll(folder: string): Promise<void> {
  try {
    // This file exists in version 2 since Linux 5.14.
    await writeFile(join(folder, 'cgroup.kill'), '1', { flag: 'r+' })
  } catch {
    const pids = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
    for (const pid of pids.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // The process has ended by itself.
      }
    }
  }
}

/** Removes the groups of servers that have ended. They are empty, because their processes ended with the servers. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^threadmill-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rmdir(join(parent, name)).catch(() => {})
  }
}
