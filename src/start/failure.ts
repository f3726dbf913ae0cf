import { join } from 'node:path'
import { describeClosed } from '../common/closed-place.ts'
import { CannotStart } from '../errors/errors.ts'
import type { Config } from '../config/config.ts'
import { hasServer } from '../store/sqlite/server-lock.ts'
import { describeDatabaseError } from '../store/unusable-database.ts'

interface SystemError {
  code?: string
  errcode?: number
}

/**
 * Turns the reason why a server does not start into a sentence that tells the operator what to do, and keeps the `code`
 * of the error. An error of another kind is returned unchanged.
 */
export function startFailure(
  error: unknown,
  { host, port, dataDir }: Pick<Config, 'host' | 'port' | 'dataDir'>,
): unknown {
  if (error instanceof CannotStart) return error
  const { code, errcode } = error as SystemError
  const sentence =
    errcode === undefined
      ? (describeClosed(error, dataDir) ?? ofSystem(code, { host, port, dataDir }))
      : describeDatabaseError(error, join(dataDir, 'threadmill.db'))
  if (sentence === undefined) return error
  return Object.assign(new CannotStart(sentence, { cause: error }), { code })
}

function ofSystem(
  code: string | undefined,
  { host, port, dataDir }: Pick<Config, 'host' | 'port' | 'dataDir'>,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return (
        `the address is in use (${host}, port ${port})` +
        (hasServer(dataDir)
          ? `, and a server on this data folder (${dataDir}) runs already: use that one, or end it first; ` +
            'to run a second one beside it, set THREADMILL_PORT or --port to another port'
          : '; set THREADMILL_PORT or --port to another port')
      )
    case 'EACCES':
    case 'EPERM':
      return port > 0 && port < 1024
        ? `port ${port} is for privileged programs alone; set THREADMILL_PORT or --port to 1024 or more, with a proxy before it`
        : `something in ${dataDir} is closed to the user that runs this (${code}): let that user read and write all of it (chown, chmod)`
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return `THREADMILL_HOST or --host is ${host}, which is no address of this machine; 0.0.0.0 stands for all that it has`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `THREADMILL_HOST or --host is ${host}, for which no address is found`
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
