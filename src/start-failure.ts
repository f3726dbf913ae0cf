import { CannotStart } from './errors.ts'
import type { Config } from './config.ts'

interface SystemError {
  code?: string
  errcode?: number
}

/** SQLite's own numbers. */
const sqlite = { busy: 5, readonly: 8, full: 13, cantOpen: 14, corrupt: 11, notADatabase: 26 } as const

/**
 * Why a server does not start, as a sentence for its operator with what to do; what it is none of is given back. The
 * `code` of the error stays.
 */
export function startFailure(
  error: unknown,
  { host, port, dataDir }: Pick<Config, 'host' | 'port' | 'dataDir'>,
): unknown {
  if (error instanceof CannotStart) return error
  const { code, errcode } = error as SystemError
  const sentence =
    errcode === undefined
      ? ofSystem(code, { host, port, dataDir })
      : // The low byte is the kind; extended codes say more above it.
        ofDatabase(errcode & 0xff, dataDir)
  if (sentence === undefined) return error
  return Object.assign(new CannotStart(sentence, { cause: error }), { code })
}

function ofSystem(
  code: string | undefined,
  { host, port, dataDir }: Pick<Config, 'host' | 'port' | 'dataDir'>,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `the address is in use (${host}, port ${port}); set THREADMILL_PORT to another port`
    case 'EACCES':
    case 'EPERM':
      return port > 0 && port < 1024
        ? `port ${port} is for privileged programs alone; set THREADMILL_PORT to 1024 or more, with a proxy before it`
        : `something in ${dataDir} belongs to another user (${code})`
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return `THREADMILL_HOST is ${host}, which is no address of this machine; 0.0.0.0 stands for all that it has`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `THREADMILL_HOST is ${host}, for which no address is found`
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk of ${dataDir} is full: make room`
    case 'EISDIR':
    case 'ENOTDIR':
      return `in ${dataDir} there is a folder where a file should be, or the other way round (${code})`
    case 'EROFS':
      return `${dataDir} cannot be written (${code})`
    default:
      return undefined
  }
}

function ofDatabase(kind: number, dataDir: string): string | undefined {
  const file = `${dataDir}/threadmill.db`
  switch (kind) {
    case sqlite.notADatabase:
      return `${file} is no database: put the right file back, or restore a backup into an empty folder`
    case sqlite.corrupt:
      return `${file} is damaged: restore a backup into an empty folder ("threadmill restore")`
    case sqlite.full:
      return `the disk of ${dataDir} is full: make room`
    case sqlite.cantOpen:
    case sqlite.readonly:
      return `${file} cannot be opened to write: does it belong to another user?`
    case sqlite.busy:
      return `${file} is locked by another program`
    default:
      return undefined
  }
}
