import type { BlobStore } from '../blobs/blobs.ts'
import { DataFolderFailure } from '../data-folder.ts'
import type { Session } from './session.ts'

/** The id of the place of contents that a database was joined with. Undefined when there is none, or no table yet. */
export async function findStoreId(session: Session): Promise<string | undefined> {
  if (!(await session.tableNames()).includes('blob_stores')) return undefined
  const [[id] = []] = await session.query(
    "select store_id from blob_stores where id = 'files' and bound = 1 and store_id is not null",
  )
  return id === undefined ? undefined : String(id)
}

/** Throws DataFolderFailure when the contents that a move would copy are not those of the database. */
export async function refuseOtherContents(source: Session, from: BlobStore): Promise<void> {
  const id = await findStoreId(source)
  const found = await from.readId()
  if (id === undefined || id === found) return
  const [[files] = []] = await source.query('select count(*) from files where removed = 0')
  if (found === undefined && Number(files) === 0) return
  throw new DataFolderFailure(
    `The files of the database are not in ${from.place}: look at THREADMILL_FILES_URL and --data-dir. If they are lost, or ` +
      `you have copied them there, write "${id}" to ${from.idAt}`,
  )
}
