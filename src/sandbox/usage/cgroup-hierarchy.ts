import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface GroupLimits {
  /** Bytes; files in memory and what the kernel keeps for the processes count as well. */
  memory: number
  /** Processes and threads. */
  processes: number
}

/** A folder in which groups can be made, and the files in them that hold limits. */
export interface Hierarchy {
  folder: string
  settings: (limits: GroupLimits) => { file: string; value: number; optional?: true }[]
}

interface Mount {
  /** The part of the hierarchy that is seen at the point. */
  root: string
  point: string
  type: string
  options: string[]
}

/** That of version 2 where it has the controllers, else one of version 1 for each. Throws where there is neither. */
export async function findHierarchies(proc: string): Promise<Hierarchy[]> {
  const mounts = (await readFile(join(proc, 'mountinfo'), 'utf8')).split('\n').map(readMount)
  const own = (await readFile(join(proc, 'cgroup'), 'utf8')).split('\n').map((line) => line.split(':'))
  /** This process's own group, by the name of a controller; version 2 has none. */
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
  // Half a session is of no use.
  { file: 'memory.oom.group', value: 1, optional: true },
  ...processes(limits),
]

const memoryOfVersion1: Hierarchy['settings'] = ({ memory }) => [
  { file: 'memory.limit_in_bytes', value: memory },
  // With swap.
  { file: 'memory.memsw.limit_in_bytes', value: memory, optional: true },
]

/** `36 35 98:0 /root /point rw,noatime master:1 - type source rw,options`, as in proc_pid_mountinfo(5). */
function readMount(line: string): Mount {
  const fields = line.split(' ')
  const [, , , root = '', point = ''] = fields
  const [type = '', , options = ''] = fields.slice(fields.indexOf('-') + 1)
  return { root, point, type, options: options.split(',') }
}

/**
 * Lets the groups below this one have the controllers. One that passes them on may hold no process itself, so the
 * server goes into a group beside those of its sessions. Throws when others are in this one, or it may not.
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
