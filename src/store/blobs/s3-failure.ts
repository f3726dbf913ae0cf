import { CannotStart } from '../../errors/errors.ts'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import { noContent } from './blobs.ts'
import { placeOf, type S3Location } from './files-url.ts'

/** What the client of S3 throws. Its message and its cause may hold what was sent: only names of errors go on from here. */
interface Thrown {
  name?: string
  code?: string
  $metadata?: { httpStatusCode?: number }
}

const statusOf = (error: unknown) => (error as Thrown).$metadata?.httpStatusCode

/** A word for it that holds no secret: the server's own code, or that of the system. */
function reasonOf(error: unknown): string {
  const { code, name } = error as Thrown
  const word = typeof code === 'string' ? code : (name ?? 'unknown error')
  return word.replaceAll(/[^A-Za-z0-9_.-]/g, '').slice(0, 60)
}

const lacksCredentials = (error: unknown) =>
  /^(CredentialsProviderError|ProviderError|TokenProviderError)$/.test((error as Thrown).name ?? '')

export const isMissing = (error: unknown): boolean =>
  statusOf(error) === 404 && /^(NoSuchKey|NotFound)$/.test((error as Thrown).name ?? '')

/** Whether nothing but time is needed: no answer, one that says so, or credentials that cannot be had at the moment. */
function isPassing(error: unknown): boolean {
  const status = statusOf(error)
  if (lacksCredentials(error)) return true
  if (status === undefined) return !isOfSettings(error)
  return (
    status >= 500 ||
    status === 429 ||
    status === 408 ||
    /SlowDown|RequestTimeout$/.test((error as Thrown).name ?? '')
  )
}

const isOfSettings = (error: unknown) =>
  error instanceof TypeError || /region/i.test((error as Error).message ?? '')

/** What becomes of an error while the server runs: ENOENT, StoreUnavailable, or one that only its operator can mend. */
export function s3Failure(error: unknown, place: string): Error {
  if (isMissing(error)) return noContent()
  const reason = reasonOf(error)
  return isPassing(error)
    ? new StoreUnavailable(`the store of files, ${place}, cannot be used now (${reason})`)
    : new Error(`the store of files, ${place}, has refused a request (${reason})`)
}

/** Why nothing can be begun with it, in a sentence for the operator. */
export function s3Obstacle(error: unknown, location: S3Location): CannotStart {
  const reason = reasonOf(error)
  const setting = `THREADMILL_FILES_URL is ${placeOf(location)}`
  const status = statusOf(error)
  if (lacksCredentials(error))
    return new CannotStart(
      `${setting}, and no credentials for it were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
    )
  if (reason === 'NoSuchBucket' || isMissing(error))
    return new CannotStart(
      `${setting}, and there is no bucket "${location.bucket}" (${reason}): make it, or name another one`,
    )
  if (
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|XAdminUserNotFound)$/.test(
      reason,
    )
  )
    return new CannotStart(
      `${setting}, and the credentials are refused (${reason}): look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at the profile`,
    )
  if (reason === 'RequestTimeTooSkewed')
    return new CannotStart(
      `${setting}, and the clock of this machine is not that of the server (${reason}): set it`,
    )
  if (status === 403 || status === 401)
    return new CannotStart(
      `${setting}, and the credentials may not list, read and write there (${reason}): give them the right to, below the prefix`,
    )
  if (
    /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(reason) ||
    isOfSettings(error)
  )
    return new CannotStart(
      `${setting}, and the region is missing or another one (${reason}): add region=… to it`,
    )
  if (status === undefined)
    return new CannotStart(
      `${setting}, and the server cannot be reached (${reason}): look at its endpoint and at the network`,
    )
  return new CannotStart(`${setting}, and the server has answered ${status} (${reason})`)
}
