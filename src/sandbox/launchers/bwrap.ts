import { execFile } from 'node:child_process'
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { findProgram, resourceLimits, toCommand, type Launcher } from './launcher.ts'

/**
 * bubblewrap: namespaces of its own for everything, and a root that holds the program, the system's libraries and
 * nothing else, all read only. undefined when it is not installed.
 */
export async function findBwrap(): Promise<Launcher | undefined> {
  const bwrap = findProgram('bwrap')
  if (!bwrap) return undefined
  const { stdout } = await promisify(execFile)(bwrap, ['--help'], { env: {} }).catch(() => ({ stdout: '' }))
  const has = (option: string) => stdout.includes(`--${option} `) || stdout.includes(`--${option}\n`)
  const flags = [
    '--unshare-all',
    '--unshare-user',
    // Since 0.8. Without it the child could make a further user namespace, whose root reaches more of the kernel.
    ...(has('disable-userns') ? ['--disable-userns'] : []),
    ...words('--die-with-parent --new-session --clearenv --uid 65534 --gid 65534'),
    ...words('--hostname sandbox --cap-drop ALL'),
  ]
  const tmpfs = (path: string) => [...(has('size') ? ['--size', '1048576'] : []), '--tmpfs', path]
  return {
    id: 'bwrap',
    isolation: 'namespaces',
    wrap({ argv, readOnly, memory }) {
      const limits = resourceLimits(memory, { processes: true })
      const files = [...readOnly, ...limits.slice(0, 1)].flatMap((path) => ['--ro-bind', path, path])
      return toCommand([
        bwrap,
        ...flags,
        ...libraries(),
        ...words('--proc /proc --dev /dev'),
        ...tmpfs('/tmp'),
        ...files,
        ...words('--remount-ro /dev --remount-ro / --chdir / --'),
        ...limits,
        ...argv,
      ])
    },
  }
}

/** Where a dynamically linked program finds its libraries; links stay links (`/lib` is one to `usr/lib`). */
function libraries(): string[] {
  const folders = [
    '/usr/lib',
    '/usr/lib64',
    '/usr/local/lib',
    '/lib',
    '/lib64',
    '/nix/store',
    '/etc/ld.so.cache',
  ]
  return folders
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      lstatSync(path).isSymbolicLink() && path !== '/etc/ld.so.cache'
        ? ['--symlink', readlinkSync(path), path]
        : ['--ro-bind', path, path],
    )
}

const words = (text: string) => text.split(' ')
