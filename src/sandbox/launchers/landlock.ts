import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFolder, sandboxCacheFolder, pythonSources } from '../write-folder.ts'
import { seccompFilter } from './seccomp-filter.ts'
import { usersOf } from './session-users.ts'
import { withinHardLimits } from './hard-limits.ts'
import { findProgram, openFiles, type Launcher } from './launcher.ts'
import { confinement } from './own-namespaces.ts'

/**
 * The descriptor by which a session finds its folder. /mnt/data is a link to `/proc/self/fd/250/data`, which every
 * process resolves for itself. The number is high because shell scripts use the low ones, and it is below the limit of
 * 256.
 */
const folderFd = 250

const sources = ['confine.py', 'landlock.py', 'landlock_folder.py', 'landlock_rules.py', 'landlock_use.py']

/**
 * OpenSSL, and with it Node, starts without its configuration when the file is missing, but not when it must not be
 * opened. The same is true of joblib, and with it scikit-learn, for the number of processors that a control group
 * allows.
 */
const configuration = [
  '/etc/ssl/openssl.cnf',
  '/sys/fs/cgroup/cpu.max',
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us',
]

interface Settings {
  cacheDir: string
  /** Set when the server is root. Each session then has a user of its own, and none of them has this one. */
  uid: number | undefined
  /** Behaves as on a kernel with an older version of Landlock. */
  version?: number
}

/**
 * Landlock is for machines without namespaces: inside Docker or Kubernetes, or when AppArmor forbids them. A Python
 * program of this product confines the session and supervises it. Returns the reason when it cannot be tried.
 */
export async function findLandlock(
  { cacheDir, uid, version }: Settings,
  python = findProgram('python3'),
): Promise<Launcher | { reason: string }> {
  if (process.platform !== 'linux') return { reason: 'only Linux has Landlock' }
  const { nofile } = withinHardLimits({ nofile: openFiles })
  if (nofile < openFiles)
    return { reason: `its sessions need ${openFiles} open files, and ${nofile} are allowed (ulimit -n)` }
  if (python === undefined) return { reason: 'python3, which applies Landlock, is not installed' }
  const filter = seccompFilter(process.arch, uid === undefined ? 'same user' : 'own user')
  if (!filter) return { reason: `no system call filter for ${process.arch}` }
  const parent = await sandboxCacheFolder(cacheDir, uid)
  const texts = new Map<string, string | Uint8Array>([['seccomp.bpf', filter]])
  for (const [name, text] of await pythonSources(sources)) texts.set(`_${name}`, text)
  const folder = await writeFolder(parent, 'landlock', { texts })
  const sessions = join(parent, `sessions-${process.getuid?.()}`)
  await mkdir(sessions, { recursive: true })
  await chmod(sessions, uid === undefined ? 0o700 : 0o711)
  const users = uid === undefined ? undefined : usersOf(sessions)
  if (uid !== undefined && !users) return { reason: 'this container has too few user ids' }
  return {
    id: 'landlock',
    isolation: 'landlock',
    wrap(program) {
      const { folders, limits } = confinement(program)
      const settings = {
        sessions,
        folders: [...folders, ...configuration],
        limits,
        memory: program.limits.memory,
        filter: join(folder, 'seccomp.bpf'),
        ...(users && { users }),
        ...(version !== undefined && { version }),
        ...(program.native && {
          fd: folderFd,
          // This is more than the limit of one file, so that a program gets an error for its largest file before the
          // whole session is ended.
          disk: Math.max(...program.native.writable.map(({ bytes }) => (bytes / 8) * 9)) + 2 ** 21,
        }),
      }
      return {
        file: python,
        args: ['-I', join(folder, '_landlock.py'), JSON.stringify(settings), ...program.argv],
        isSupervised: true,
      }
    },
  }
}
