import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface GroupLimits {
  /** In bytes. Files in memory count, and so does what the kernel of the system allocates for the processes. */
  memory: number
  /** The number of processes and threads. */
  processes: number
}

/** A folder in which groups can be made, and the files in them that contain limits. */
export interface Hierarchy {
  folder: string
  settings: (limits: GroupLimits) => { file: string; value: number; optional?: true }[]
}

interface Mount {
  /** The part of the hierarchy that is visible at the mount point. */
  root: string
  point: string
  type: string
  options: string[]
}

/**
 * The hierarchy of version 2 when it has the controllers, else one of version 1 for each controller. Throws when
 * neither is there.
 */
export async function findHierarchies(proc: string): Promise<Hierarchy[]> {
  const mounts = (await readFile(join(proc, 'mountinfo'), 'utf8')).split('\n').map(readMount)
  const own = (await readFile(join(proc, 'cgroup'), 'utf8')).split('\n').map((line) => line.split(':'))
  /** The group of this process, by the name of a controller. In version 2 the name is empty. */
  function folderOf(name: string, type: string): string {
    const mount = mounts.find((one) => one.type === type && (name === '' || one.options.includes(name)))
    const [, , ...path] = own.find(([, names = '-']) => names.split(',').includes(name)) ?? []
    const below = path.join(':')
    const { root = '', point = '' } = mount ?? {}
    const prefix = root === '/' ? '' : root
    if (!mount || path.length === 0 || !`${below}/`.startsWith(`${prefix}/`)) throw new Error(`no ${name}`)
    return join(point, below.slice(prefix.length))
  }
  try {
    return [{ folder: await delegated(folderOf('', 'cgroup2')), settings: version2 }]
  } catch {
    return [
      { folder: folderOf('memory', 'cgroup'), settings: memoryOfVersion1 },
      { folder: folderOf('pids', 'cgroup'), settings: processes },
    ]
  }
}

const processes: Hierarchy['settings'] = (limits) => [{ file: 'pids.max', value: limits.processes }]

const version2: Hierarchy['settings'] = (limits) => [
  { file: 'memory.max', value: limits.memory },
  { file: 'memory.swap.max', value: 0, optional: true },
  // All processes of a group are killed together, because a part of a session is useless.
  { file: 'memory.oom.group', value: 1, optional: true },
  ...processes(limits),
]

const memoryOfVersion1: Hierarchy['settings'] = ({ memory }) => [
  { file: 'memory.limit_in_bytes', value: memory },
  // This limit includes swap.
  { file: 'memory.memsw.limit_in_bytes', value: memory, optional: true },
]

/** An example: `36 35 98:0 /root /point rw,noatime master:1 - type source rw,options`. See proc_pid_mountinfo(5). */
function readMount(line: string): Mount {
  const fields = line.split(' ')
  const [, , , root = '', point = ''] = fields
  const [type = '', , options = ''] = fields.slice(fields.indexOf('-') + 1)
  return { root, point, type, options: options.split(',') }
}

/**
 * Enables the controllers for the groups below this one. A group that passes them on may not contain processes, so the
 * server moves into a group beside those of its sessions. Throws when other processes are in this group, or when the
 * server has no right to do this.
 */
async function delegated(folder: string): Promise<string> {
  const leaf = `threadmill-${process.pid}-server`
  const parent = basename(folder) === leaf ? dirname(folder) : folder
  const controllers = (await readFile(join(parent, 'cgroup.controllers'), 'utf8')).split(/\s/)
  if (!controllers.includes('memory') || !controllers.includes('pids')) throw new Error('no controllers')
  const passOn = () => writeFile(join(parent, 'cgroup.subtree_control'), '+memory +pids', { flag: 'r+' })
  const moveTo = (group: string) => writeFile(join(group, 'cgroup.procs'), String(process.pid))
  try {
    await passOn()
  } catch {
    await mkdir(join(parent, leaf), { recursive: true })
    try {
      await moveTo(join(parent, leaf))
      await passOn()
    } catch (error) {
      await moveTo(parent)
      await rmdir(join(parent, leaf))
      throw error
    }
  }
  return parent
}
