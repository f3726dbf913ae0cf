import { DatabaseError } from 'pg'
import { BeginAgain } from '../database.ts'

interface PostgresError extends Error {
  code?: string
}

/**
 * Errors of the network, and PostgreSQL's classes and codes for a server that stops, starts, or accepts no more
 * connections, and for what is held by somebody else for longer than the role waits (`lock_timeout`).
 */
const unavailable = /^(E[A-Z_]+|08...|57P0[1235]|57014|25006|53300|25P03|55P03)$/
/** The driver's messages for a connection that ended or was never made. These errors have no code. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/

/** Whether the database could not be reached, or did not answer in time. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as PostgresError
  return code === undefined ? lostConnection.test(error.message) : unavailable.test(code)
}

/**
 * Whether the database has ended the statement because of its timeout, or because an operator asked for it. A server that
 * shuts down gives another code.
 */
export const hasTimedOut = (error: unknown): boolean => (error as PostgresError | undefined)?.code === '57014'

/** Whether a lock was waited for in vain. What comes after it is executed, and sooner or later the lock is free. */
export const isLockedOut = (error: unknown): boolean => (error as PostgresError | undefined)?.code === '55P03'

/** Whether the database answers no more on this connection. */
export const endsSession = (error: unknown): boolean =>
  isUnavailable(error) && !hasTimedOut(error) && !isLockedOut(error)

/** What PgBouncer says when it has passed nothing on, because it has no session. */
const passedNothingOn = /query_wait_timeout|cannot connect to server|login has been failing/

/**
 * Whether PostgreSQL has said that it undid what was sent. A pooler that has lost PostgreSQL (class 08) cannot know what was
 * committed before.
 */
export const saysUndone = (error: unknown): boolean =>
  error instanceof DatabaseError && (!error.code?.startsWith('08') || passedNothingOn.test(error.message))

/**
 * Whether a session has ended that was there before, so that another one may answer. Not where none can be had, or where nothing
 * was answered in time.
 */
export function hasLostSession(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as PostgresError
  return code === undefined
    ? /^(Connection terminated unexpectedly|Client has encountered)/.test(error.message)
    : /^(08...|57P01|ECONNRESET|EPIPE)$/.test(code)
}

const tries: Record<string, number> = {
  // These are a serialization failure and a deadlock.
  '40001': 8,
  '40P01': 8,
  // A row was inserted or deleted after the transaction had looked for it. In the next try the transaction finds it, or
  // reports the problem itself.
  '23505': 3,
  '23503': 3,
  // A statement was prepared before a migration. Each connection of the pool may have such a statement.
  '0A000': 20,
}

/** How often a transaction with this error is tried, because another transaction was in its way. */
export const triesAfter = (error: unknown): number =>
  error instanceof BeginAgain ? 3 : (tries[(error as PostgresError | undefined)?.code ?? ''] ?? 1)

/** Whether a prepared statement no longer fits its table. */
export const isOutdatedPlan = (error: unknown): boolean =>
  (error as PostgresError | undefined)?.code === '0A000' && /cached plan/.test((error as Error).message)

export const isDivisionByZero = (error: unknown): boolean =>
  (error as PostgresError | undefined)?.code === '22012'

/** Whether the statement was refused only because one before it has failed. */
export const isAborted = (error: unknown): boolean => (error as PostgresError | undefined)?.code === '25P02'
