import { ApiError, cut } from './errors.ts'

/** What was asked whether it can be written has not answered in time. The message is a reason in words. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

/**
 * Something that the server depends on is away for a while, and the client is told to try again. The message contains
 * no secret.
 */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** Thrown when the database cannot be reached at the moment. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
  /** True when the connection was lost during a commit, so that it is unknown whether the transaction was written. */
  readonly whileCommitting: boolean
  /** True when the database has ended the statement because it took too long. Each further try may end so. */
  readonly timedOut: boolean
  constructor(
    message: string,
    {
      whileCommitting = false,
      timedOut = false,
      ...options
    }: ErrorOptions & { whileCommitting?: boolean; timedOut?: boolean } = {},
  ) {
    super(message, options)
    this.whileCommitting = whileCommitting
    this.timedOut = timedOut
  }
}

/** Thrown when a statement of work in the background took too long in each of several tries. */
export class DatabaseTooSlow extends Error {
  override name = 'DatabaseTooSlow'
}

/** The official clients retry this status by themselves. */
export const databaseUnreachable = () =>
  new ApiError(
    503,
    'The database of this server cannot be reached at the moment. Please try again in a moment.',
    {
      type: 'server_error',
      code: 'database_unreachable',
      headers: { 'retry-after': '1' },
    },
  )

/** The official clients retry this status by themselves, after the time in the header. */
export const providerUnreachable = (name: string, reasons: string[]) =>
  new ApiError(503, `The model '${cut(name)}' cannot be looked up: ${reasons.join('; ')}.`, {
    type: 'server_error',
    param: 'model',
    code: 'provider_unreachable',
    headers: { 'retry-after': '1' },
  })

/** Clients retry this status by themselves, but the operator has to free disk space. */
export const diskFull = () =>
  new ApiError(507, 'The disk of this server is full: nothing can be kept until there is room again.', {
    type: 'server_error',
    code: 'disk_full',
  })

/** The official clients retry this status by themselves, after the time in the header. */
export const storeUnavailable = () =>
  new ApiError(503, 'The server cannot reach what it keeps its data in. Please try again in a moment.', {
    type: 'server_error',
    code: 'store_unavailable',
    headers: { 'retry-after': '2' },
  })

/** The official clients retry this status by themselves. */
export const sessionElsewhere = () =>
  new ApiError(503, 'The server that has the Python session of this thread does not answer.', {
    type: 'server_error',
    code: 'session_unreachable',
    headers: { 'retry-after': '1' },
  })

/** For what no server goes on with. The official clients retry this status by themselves. */
export const closesBeforeAnswer = () =>
  new ApiError(503, 'The server closes before it has an answer. Please try again in a moment.', {
    type: 'server_error',
    code: 'server_closes',
    headers: { 'retry-after': '1' },
  })
