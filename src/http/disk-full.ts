/** SQLite's own number. */
const sqliteFull = 13

/** Whether a write has failed for want of room, in the database or in a file, whatever has wrapped the error. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (code === 'ENOSPC' || code === 'EDQUOT' || (errcode !== undefined && (errcode & 0xff) === sqliteFull))
    return true
  return isDiskFull(error.cause)
}
