import { ApiError, internalError } from '../errors/errors.ts'
import { describeError, type Log } from '../common/log.ts'
import {
  DatabaseUnavailable,
  databaseUnreachable,
  diskFull,
  storeUnavailable,
  StoreUnavailable,
} from '../errors/unavailable.ts'
import { isDiskFull } from './disk-full.ts'

/** What a caller is told of whatever was thrown while his request was answered. What nobody has expected is logged. */
export function toApiError(thrown: unknown, requestId: string, log: Log): ApiError {
  if (thrown instanceof ApiError) return thrown
  if (thrown instanceof DatabaseUnavailable) return databaseUnreachable()
  log('error', 'request failed', { request: requestId, ...describeError(thrown) })
  if (isStoreUnavailable(thrown)) return storeUnavailable()
  return isDiskFull(thrown) ? diskFull() : internalError(requestId)
}

/** Whatever has wrapped the error. */
const isStoreUnavailable = (error: unknown): boolean =>
  error instanceof StoreUnavailable || (error instanceof Error && isStoreUnavailable(error.cause))
