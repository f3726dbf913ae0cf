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
 * util-linux's `unshare`: no network, no other processes, no shared memory of others. It keeps the machine's files
 * in view; those are Node's permission model's to refuse. undefined when it is not installed.
 */
export async function findUnshare(uid?: number): Promise<Launcher | undefined> {
  const unshare = findProgram('unshare')
  if (!unshare) return undefined
  const flags = ['--user', '--map-current-user', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child']
  // A /proc without the machine's processes. Some containers refuse the mount, and the rest is worth having alone.
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
