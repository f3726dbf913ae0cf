import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  boundToServer,
  coreLimit,
  findProgram,
  resourceLimits,
  toCommand,
  type Launcher,
} from './launcher.ts'

/**
 * util-linux's `unshare`: no network, no other processes and no shared memory of others. The files of the machine stay
 * visible, so Node's permission model must refuse them. Undefined when it is not installed.
 */
export async function findUnshare(uid?: number): Promise<Launcher | undefined> {
  const unshare = findProgram('unshare')
  if (!unshare) return undefined
  const flags = ['--user', '--map-current-user', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child']
  // This hides the processes of the machine in /proc. Some containers refuse the mount, but the other namespaces are
  // useful without it.
  const { file, args } = toCommand([...boundToServer(), unshare, ...flags, '--mount-proc', '/bin/true'])
  const user = uid === undefined ? {} : { uid, gid: uid }
  let canMount = true
  try {
    await promisify(execFile)(file, args, { env: {}, ...user })
  } catch {
    canMount = false
  }
  if (canMount) flags.push('--mount-proc')
  return {
    id: 'unshare',
    isolation: 'namespaces, files by permission',
    wrap({ argv, limits: processLimits }) {
      const limits = resourceLimits({ limits: processLimits }, { processes: true })
      return toCommand([...coreLimit(), ...boundToServer(), unshare, ...flags, '--', ...limits, ...argv])
    },
  }
}
