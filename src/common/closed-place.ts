import { accessSync, constants, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** What Threadmill writes in a data folder. The links to environments are only followed, and the key is only read. */
const written = [
  'threadmill.db',
  'threadmill.db-wal',
  'threadmill.db-shm',
  'files',
  'files/unfinished',
  'servers',
  'cache',
  'models',
  'models/embedding',
  'python-environments',
  'python-environments.lock',
  'embedding-environments',
  'embedding-environments.lock',
]

const { R_OK, W_OK, X_OK } = constants

/**
 * What an error of the system about a closed file or folder means, with the command that opens it, in one line.
 * Undefined for any other error.
 */
export function describeClosed(error: unknown, dataDir: string): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException
  if (typeof path !== 'string') return undefined
  if (code === 'EROFS')
    return `${path} is on a file system that can only be read (EROFS): let it be written, or name another data folder (--data-dir)`
  if (code !== 'EACCES' && code !== 'EPERM') return undefined
  const isInside = path === dataDir || path.startsWith(`${dataDir}/`)
  return (
    (isInside ? findClosed(path, dataDir) : undefined) ??
    `${path} is closed to the user that runs this (${code}): let that user read and write it (chown, chmod)`
  )
}

/** The same for the first folder or file of a data folder into which this process may not write. */
export function findClosedIn(dataDir: string): string | undefined {
  for (const name of written) {
    const path = join(dataDir, name)
    const found = stateOf(path) === 'absent' ? undefined : findClosed(path, dataDir)
    if (found !== undefined) return found
  }
  return undefined
}

/** The same for a path that this process wants to read and write. Undefined when it may, or when nobody can tell. */
export function findClosed(path: string, dataDir: string): string | undefined {
  const closed = firstClosed(path)
  if (closed === undefined || process.getuid === undefined) return undefined
  const { uid } = statSync(closed)
  const me = nameOfUser()
  const isMine = uid === process.getuid()
  const what = `${closed} belongs to ${isMine ? me : uid === 0 ? 'root' : `user ${uid}`} and is closed to ${isMine ? 'its owner' : me}`
  if (closed === dataDir || closed.startsWith(`${dataDir}/`))
    return `${what}: ${isMine ? 'chmod -R u+rwX' : `sudo chown -R ${me}`} ${quoted(dataDir)}`
  const other = 'name another data folder (--data-dir)'
  // What is above the data folder belongs to others, and is not to be given away.
  return stateOf(dataDir) === 'absent'
    ? `${what}: ${other}, or make it: sudo install -d -m 700 -o ${me} ${quoted(dataDir)}`
    : `${what}: ${other}`
}

/** The topmost folder or file on the way to this path that keeps the process from it. */
function firstClosed(path: string): string | undefined {
  const above = dirname(path)
  const found = above === path ? undefined : firstEnclosing(above)
  if (found !== undefined) return found
  if (stateOf(path) === 'absent') return existing(above)
  return may(path, statSync(path).isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK) ? undefined : path
}

/** The topmost folder that cannot be entered. */
function firstEnclosing(folder: string): string | undefined {
  const above = dirname(folder)
  const found = above === folder ? undefined : firstEnclosing(above)
  if (found !== undefined) return found
  return stateOf(folder) === 'absent' || may(folder, X_OK) ? undefined : folder
}

/** The folder in which a missing one would be made, when nothing can be made in it. */
function existing(folder: string): string | undefined {
  if (stateOf(folder) === 'absent') return existing(dirname(folder))
  return may(folder, W_OK | X_OK) ? undefined : folder
}

function stateOf(path: string): 'there' | 'absent' | 'hidden' {
  try {
    return statSync(path, { throwIfNoEntry: false }) ? 'there' : 'absent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'hidden' : 'absent'
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** The name of the user of this process, or its number where it has no name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}

const quoted = (path: string) =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
