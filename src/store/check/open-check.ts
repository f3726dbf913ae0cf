import { join } from 'node:path'
import { DataFolderFailure, olderVersion, refuseMissing, type StoreAt } from '../data-folder.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import type { Database } from '../database.ts'
import { isMigrated } from '../sqlite/migrate.ts'
import { openSnapshot } from '../move/open-source.ts'
import { openSqliteSession } from '../move/session-sqlite.ts'
import type { Session } from '../move/session.ts'
import { refuseOtherContents } from '../move/store-id.ts'
import { openBlobs } from '../blobs/open-blobs.ts'
import { openAgain } from '../open-database.ts'

/** What a check reads, and what mends. Servers may go on with all of it. */
export interface CheckParts extends AsyncDisposable {
  /** The database as it was when the check began. */
  snapshot: Session
  /** The database as it is now. */
  db: Database
  blobs: BlobStore
  /** The database, for people. */
  place: string
}

/** Throws DataFolderFailure or CannotStart when there is nothing to check, or nothing that can be opened. */
export async function openCheck(at: StoreAt, { repairs }: { repairs: boolean }): Promise<CheckParts> {
  await using opened = new AsyncDisposableStack()
  const file = join(at.dataDir, 'threadmill.db')
  const snapshot = opened.use(await (at.database ? openSnapshot(at.database) : openFile(at.dataDir, file)))
  const blobs = opened.use(await openBlobs(at, repairs ? 'write' : 'read'))
  await refuseOtherContents(snapshot, blobs)
  const db = openAgain(at.database ? { postgres: at.database } : { file })
  opened.defer(() => db.close())
  const parts = opened.move()
  return {
    snapshot,
    db,
    blobs,
    place: at.database ? `the schema ${at.database.schema}` : file,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

async function openFile(dataDir: string, file: string): Promise<Session> {
  refuseMissing(dataDir)
  if (!isMigrated(file)) throw new DataFolderFailure(olderVersion(file))
  const session = openSqliteSession(file)
  await session.query('begin')
  return session
}
