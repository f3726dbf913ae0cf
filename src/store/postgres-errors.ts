interface PostgresError extends Error {
  code?: string
}

/** Of the network, and PostgreSQL's classes and codes for a server that goes, comes, or takes no more connections. */
const unavailable = /^(E[A-Z]+|08...|57P0[123]|57014|25006|53300|25P03)$/
/** The driver's own words for a connection that ended or did not come about; these have no code. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/

/** Whether the database could not be reached, or did not answer in time. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as PostgresError
  return code === undefined ? lostConnection.test(error.message) : unavailable.test(code)
}

const tries: Record<string, number> = {
  // A serialization failure and a deadlock.
  '40001': 8,
  '40P01': 8,
  // A row came or went after the transaction had looked for it: now it finds it, or says itself what is wrong.
  '23505': 3,
  '23503': 3,
}

/** How often a transaction that has failed so is tried, because another one was in its way. */
export const triesAfter = (error: unknown): number =>
  tries[(error as PostgresError | undefined)?.code ?? ''] ?? 1
