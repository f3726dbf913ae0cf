import { chmodSync, closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

const ownerOnly = 0o600
const folderOfOwner = 0o700

/**
 * Makes what is secret in a data folder readable by its owner only, whatever the rights of the folder are. The database
 is made here where it is missing, unless it is elsewhere: SQLite gives its log the same rights.
 */
export function makePrivate(dataDir: string, { withDatabase = true } = {}): void {
  if (withDatabase) closeSync(openSync(join(dataDir, 'threadmill.db'), 'a', ownerOnly))
  for (const name of ['threadmill.db', 'threadmill.db-wal', 'threadmill.db-shm', 'api-key'])
    restrict(join(dataDir, name), ownerOnly)
  restrict(join(dataDir, 'files'), folderOfOwner)
}

/** Quiet where there is nothing, and where the file is another user's, who has to see to it. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode)
  } catch (error) {
    if (!['ENOENT', 'EPERM'].includes((error as { code?: string }).code ?? '')) throw error
  }
}
