/** The error codes of SQLite and of PostgreSQL for a full disk. */
const sqliteFull = 13
const postgresFull = '53100'

/** True when the disk was full at a write to the database or to a file. The error may be wrapped in others. */
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
