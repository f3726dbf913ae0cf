import { randomUUID } from 'node:crypto'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * A lock that this process holds as long as it lives: an exclusive transaction on an empty database of its own. The
 * kernel gives it back when the process ends, however it ends and on every system, so another process that can read
 * the file knows that its holder is dead. A process that sleeps or hangs still holds it.
 *
 * Nothing but SQLite may open these files: on POSIX systems a process loses its locks on a file when it closes any
 * descriptor of it.
 */
export interface ServerLock {
  /** The name of this server in leases. */
  readonly id: string
  /**
   * Whether another server on this data folder is running. Undefined when it has no lock file, so that nothing is
   * known.
   */
  lives(id: string): boolean | undefined
  /**
   * Calls `reclaim` for each server that has died, and removes its lock file afterwards. When this process dies in
   * between, the next one does it again.
   */
  forEachDead(reclaim: (id: string) => Promise<void>): Promise<void>
  close(): void
}

/** Whether a server on this data folder is running. The one with the lock `own` does not count. */
export function hasServer(folder: string, own?: string): boolean {
  const locks = join(folder, 'servers')
  if (!existsSync(locks)) return false
  return readdirSync(locks).some((id) => {
    if (id === own || !isId(id)) return false
    using read = readLock(join(locks, id))
    return read === undefined
  })
}

/** `folder` is the data folder. */
export function openServerLock(folder: string): ServerLock {
  const locks = join(folder, 'servers')
  mkdirSync(locks, { recursive: true, mode: 0o700 })
  // SQLite would not say which folder is closed.
  accessSync(locks, constants.R_OK | constants.W_OK | constants.X_OK)
  const { id, held } = takeLock(locks)

  function lives(other: string): boolean | undefined {
    if (other === id) return true
    if (!isId(other) || !existsSync(join(locks, other))) return undefined
    using read = readLock(join(locks, other))
    return read === undefined
  }

  async function forEachDead(reclaim: (id: string) => Promise<void>): Promise<void> {
    for (const other of readdirSync(locks)) {
      if (other === id || !isId(other)) continue
      // The lock is held until the file is removed, so that a server that is just starting cannot lock a file that is
      // being removed.
      using read = readLock(join(locks, other))
      if (!read) continue
      await reclaim(other)
      // Windows refuses this while another server has the file open. It is tried again later.
      tryTo(() => rmSync(join(locks, other), { force: true }))
    }
  }

  return {
    id,
    lives,
    forEachDead,
    close() {
      held.close()
      tryTo(() => rmSync(join(locks, id), { force: true }))
    },
  }
}

const isId = (name: string) => /^[0-9a-f-]{36}$/.test(name)

function takeLock(locks: string): { id: string; held: DatabaseSync } {
  for (;;) {
    const id = randomUUID()
    const path = join(locks, id)
    const held = new DatabaseSync(path, { timeout: 5_000 })
    held.exec('pragma journal_mode = memory; begin exclusive')
    // Another server may have removed the file between these two steps, as the file of a dead server.
    if (existsSync(path)) {
      chmodSync(path, 0o600)
      return { id, held }
    }
    held.close()
  }
}

/** A shared lock on the file of a dead server. Undefined while the server is running. */
function readLock(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    database.exec('begin; select * from sqlite_master')
    return database
  } catch {
    database?.close()
    return undefined
  }
}

function tryTo(effect: () => void): void {
  try {
    effect()
  } catch {
    // As it was.
  }
}
