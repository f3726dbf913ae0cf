import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describeClosed, findClosed } from '../common/closed-place.ts'
import { findLostDatabase } from './sqlite/lost-database.ts'
import { findForeignSchema } from './schema-check.ts'
import { commandLine } from '../common/called-as.ts'

/** The error codes of SQLite. */
const sqlite = {
  busy: 5,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const

/** Whether there is a database. An empty file counts as none, as it does for SQLite. */
export const hasDatabase = (dataDir: string): boolean =>
  (statSync(join(dataDir, 'threadmill.db'), { throwIfNoEntry: false })?.size ?? 0) > 0

/**
 * Why no program can work with the database of a data folder, and what to do about it, as a sentence. Undefined when it
 * can be used, or does not exist yet. The server and every command ask this first, so that they all say the same.
 */
export function findObstacle(dataDir: string): string | undefined {
  try {
    return findUnusable(join(dataDir, 'threadmill.db')) ?? findLostDatabase(dataDir)
  } catch (error) {
    const closed = describeClosed(error, dataDir)
    if (closed === undefined) throw error
    return closed
  }
}

/** The same for a single file, without reading all of its pages. */
export function findUnusable(file: string): string | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found && !found.isFile()) {
      const what = found.isDirectory() ? 'a folder' : 'no file'
      return `${file} is ${what}, and should be the database: move it away, or name another data folder (--data-dir)`
    }
    if (!found || found.size === 0) return undefined
    using database = new DatabaseSync(file, { readOnly: true, timeout: 30_000 })
    const foreign = findForeignSchema(database)
    return foreign && `${foreign}. It is ${file}.`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return describeDatabaseError(error, file) ?? notOpened(file, code)
  }
}

/** What an error of SQLite about a file means for the operator. Undefined for any other error. */
export function describeDatabaseError(error: unknown, file: string): string | undefined {
  const { errcode } = error as { errcode?: number }
  // The lowest byte is the kind of error. Extended codes have more information above it.
  switch (errcode && errcode & 0xff) {
    case sqlite.notADatabase:
      return `${file} is no database: put the right file back, or restore a backup into an empty folder ("${commandLine('restore')}")`
    case sqlite.corrupt:
      return `${file} is damaged: restore a backup into an empty folder ("${commandLine('restore')}")`
    case sqlite.full:
      return `the disk of ${file} is full: make room`
    case sqlite.cantOpen:
      return notOpened(file)
    case sqlite.readonly:
      return closedFile(file) ?? `${file} cannot be written: ${allowed}`
    case sqlite.busy:
      return `${file} is locked by another program`
    case sqlite.ioError:
      return `${file} cannot be read or written: look at its disk`
    default:
      return undefined
  }
}

const allowed = 'let the user that runs this read and write it and its folder (chown, chmod)'

const notOpened = (file: string, code?: string) =>
  closedFile(file) ?? `${file} cannot be opened${code === undefined ? '' : ` (${code})`}: ${allowed}`

/** SQLite does not say which of its files is closed. */
function closedFile(file: string): string | undefined {
  const there = [`${file}-wal`, `${file}-shm`].filter((one) => existsSync(one))
  return [file, ...there].map((one) => findClosed(one, dirname(file))).find((one) => one !== undefined)
}
