import { chmodSync, closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

const ownerOnly = 0o600
const folderOfOwner = 0o700

/**
 * Makes the secrets in a data folder readable only by their owner, whatever the permissions of the folder are. Makes
 * the database file when it is missing, unless the database is elsewhere. SQLite gives its log the same permissions.
 */
export function makePrivate(dataDir: string, { withDatabase = true } = {}): void {
  if (withDatabase) closeSync(openSync(join(dataDir, 'threadmill.db'), 'a', ownerOnly))
  for (const name of ['threadmill.db', 'threadmill.db-wal', 'threadmill.db-shm', 'api-key', 'admin-api-key'])
    restrict(join(dataDir, name), ownerOnly)
  restrict(join(dataDir, 'files'), folderOfOwner)
}

/** Does nothing when the file does not exist, or belongs to another user, who is then responsible for it. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode)
  } catch (error) {
    if (!['ENOENT', 'EPERM'].includes((error as { code?: string }).code ?? '')) throw error
  }
}
