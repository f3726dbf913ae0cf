import { execFile } from 'node:child_process'
import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { coreLimit, findProgram, resourceLimits, toCommand, type Launcher } from './launcher.ts'
import type { OwnPython } from './own-namespaces.ts'
import { libraries, machineFiles, systemFolders } from './system-folders.ts'

/**
 * bubblewrap: new namespaces of every kind, and a root that contains only the program and the system's libraries, all
 * read only. Undefined when it is not installed. When `own` is a Python that may prepare mounts for it (as the user
 * `uid` when the server is root), the session has 64 terminals and file locks of its own. Otherwise it has no
 * terminals.
 */
export async function findBwrap(own?: OwnPython, uid?: number): Promise<Launcher | undefined> {
  const bwrap = findProgram('bwrap')
  if (!bwrap) return undefined
  const { stdout } = await run(bwrap, ['--help'], { env: {} }).catch(() => ({ stdout: '' }))
  // Some systems allow namespaces for bubblewrap and for no other program.
  const python = own && (await canPrepare(own, uid)) ? own : undefined
  const has = (option: string) => stdout.includes(`--${option} `) || stdout.includes(`--${option}\n`)
  const flags = [
    '--unshare-all',
    '--unshare-user',
    // The option exists since version 0.8. Without it the child could make a user namespace and use more of the kernel
    // as root.
    ...(has('disable-userns') ? ['--disable-userns'] : []),
    ...words('--die-with-parent --new-session --clearenv --uid 65534 --gid 65534'),
    ...words('--hostname sandbox --cap-drop ALL'),
  ]
  const tmpfs = (path: string, bytes = 1 << 20) => [
    ...(has('size') ? ['--size', String(bytes)] : []),
    '--tmpfs',
    path,
  ]
  return {
    id: 'bwrap',
    isolation: 'namespaces',
    wrap({ argv, readOnly, limits: processLimits, native, filter }) {
      if (native && !has('size')) throw new Error('this bwrap cannot limit files: 0.5 or newer is needed')
      const limits = resourceLimits({ limits: processLimits, native }, { processes: true })
      const files = [...readOnly, ...limits.slice(0, 1)].flatMap((path) => ['--ro-bind', path, path])
      const command = toCommand([
        ...coreLimit(),
        ...(python ? before(python, [...systemFolders, ...readOnly]) : []),
        bwrap,
        ...flags,
        ...(filter ? ['--seccomp', '4'] : []),
        ...(native ? systemFolders : libraries).flatMap(shown),
        ...words('--proc /proc --dev /dev'),
        ...machineFiles.flatMap(hidden),
        ...(python ? words('--dev-bind /dev/pts /dev/pts') : emptyFolder('/dev/pts')),
        ...tmpfs('/tmp'),
        ...(native?.writable ?? []).flatMap(({ path, bytes }) => tmpfs(path, bytes)),
        ...files,
        ...words('--remount-ro /dev --remount-ro / --chdir / --'),
        ...limits,
        ...argv,
      ])
      return {
        ...command,
        ...(filter && { files: [filter] }),
        ...(native && { counted: native.writable.map(({ path }) => path) }),
      }
    },
  }
}

/** Shows a folder read only, or as the link that it is (`/lib` is a link to `usr/lib`). */
function shown(path: string): string[] {
  if (!existsSync(path)) return []
  const isLink = !path.startsWith('/etc/') && lstatSync(path).isSymbolicLink()
  return isLink ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

function before({ path, folder }: OwnPython, folders: string[]): [string, ...string[]] {
  const shared = folders.filter((one) => existsSync(one))
  return [path, '-I', join(folder, '_before_bwrap.py'), JSON.stringify(shared)]
}

async function canPrepare(python: OwnPython, uid: number | undefined): Promise<boolean> {
  const [file, ...args] = [...before(python, []), '/bin/true']
  const user = uid === undefined ? {} : { uid, gid: uid }
  return await run(file, args, { env: {}, cwd: '/', ...user }).then(
    () => true,
    () => false,
  )
}

const run = promisify(execFile)

/** Shows something empty in place of what the machine has there. */
function hidden(path: string): string[] {
  if (!existsSync(path)) return []
  return statSync(path).isDirectory() ? emptyFolder(path) : ['--ro-bind', '/dev/null', path]
}

const emptyFolder = (path: string) => ['--tmpfs', path, '--remount-ro', path]

const words = (text: string) => text.split(' ')
