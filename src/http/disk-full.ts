/** SQLite's and PostgreSQL's own numbers. */
const sqliteFull = 13
const postgresFull = '53100'

/** Whether a write has failed for want of room, in the database or in a file, whatever has wrapped the error. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    code === postgresFull ||
    (errcode !== undefined && (errcode & 0xff) === sqliteFull)
  )
    return true
  return isDiskFull(error.cause)
}
