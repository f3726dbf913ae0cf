import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { CannotStart } from '../../errors/errors.ts'
import { hasContent, type Blobs, type BlobStore } from './blobs.ts'
import type { Database, Reader, Transaction } from '../database.ts'
import type { Place } from './open-blobs.ts'

/** How many of the newest files are looked for in a place that carries no id yet. */
const samples = 20

/** What the database knows of the place of its contents. */
interface Known {
  store_id: string | null
  /** 0 until the place has the id too. */
  bound: number
  /** 1 when there are files or parts of uploads, whose contents must be somewhere. */
  has_contents: number
}

const readKnown = async (db: Reader): Promise<Known> =>
  (await db.get<Known>(
    `select store_id, bound,
       case when exists (select 1 from files where removed = 0) or exists (select 1 from upload_parts)
         then 1 else 0 end as has_contents
     from blob_stores where id = 'files'`,
  )) ?? { store_id: null, bound: 0, has_contents: 0 }

/**
 * Makes sure that the place of contents is the one that belongs to the database, and returns its id, which both carry. A
 * server with other files than the servers beside it would appear to work. Throws CannotStart when the place belongs to
 * another database, or when the contents of this one are elsewhere. Servers that start at once wait for each other.
 */
export async function joinBlobs(db: Database, blobs: BlobStore, place: Place): Promise<string> {
  for (;;) {
    const { store_id: id, bound } = await readKnown(db)
    if (id !== null && bound === 1 && (await blobs.readId()) === id) return id
    // Committed before the place gets it, so that an end in between leaves nothing that has to be mended by hand.
    await db.write((tx) =>
      tx.run("update blob_stores set store_id = ? where id = 'files' and store_id is null", randomUUID()),
    )
    const joined = await db.write((tx) => settle(tx, blobs, place))
    if (joined !== undefined) return joined
  }
}

/**
 * Waits for the place inside of the transaction, which nobody else does. It happens once for a database, at a start, and no
 * other server may decide meanwhile. Undefined when another try is needed.
 */
async function settle(tx: Transaction, blobs: BlobStore, place: Place): Promise<string | undefined> {
  await tx.lock('blob_stores', 'files')
  const known = await readKnown(tx)
  const found = await blobs.readId()
  const problem = await findProblem({ db: tx, known, found, blobs, place })
  if (problem !== undefined) throw new CannotStart(problem)
  const { store_id: own } = known
  if (found === undefined && known.bound === 1) {
    // Nothing was stored yet, so the files may be elsewhere from now on. A server that runs notices that its place is not.
    await tx.run("update blob_stores set store_id = null, bound = 0 where id = 'files'")
    return undefined
  }
  const id = found ?? own
  if (id === null) return undefined
  if (found === undefined) await blobs.writeId(id)
  await tx.run("update blob_stores set store_id = ?, bound = 1 where id = 'files'", id)
  return id
}

/** Throws when the database has meanwhile got another place of contents than the one with this id. */
export async function refuseOtherId(db: Reader, id: string): Promise<void> {
  const { store_id: now } = await readKnown(db)
  if (now !== id) throw new Error('other servers on this database have their files elsewhere')
}

/** Why a server would not start with these contents, as a sentence. Changes nothing. Undefined when it would. */
export async function findOtherBlobs(
  db: Reader,
  blobs: BlobStore,
  place: Place,
): Promise<string | undefined> {
  return findProblem({ db, known: await readKnown(db), found: await blobs.readId(), blobs, place })
}

interface Joining {
  db: Reader
  known: Known
  /** The id that the place carries. */
  found: string | undefined
  blobs: BlobStore
  place: Place
}

async function findProblem({ db, known, found, blobs, place }: Joining): Promise<string | undefined> {
  const { store_id: id, bound, has_contents: hasContents } = known
  if (found !== undefined && found === id) return undefined
  if (bound === 1) {
    if (found !== undefined) return otherDatabase(blobs, place)
    return hasContents === 1 ? elsewhere(blobs, place, id) : undefined
  }
  // From here on the database was never joined with a place. In its own folder everything is where it has always been.
  if (isOwnFolder(place)) return undefined
  if (hasContents === 0) return found === undefined ? undefined : otherDatabase(blobs, place)
  if (await hasSample(db, blobs)) return undefined
  return found === undefined ? elsewhere(blobs, place, id) : otherDatabase(blobs, place)
}

/** Whether contents are beside the database file of the same data folder, whichever database is used now. */
const isOwnFolder = ({ dataDir, filesUrl, database }: Place) =>
  filesUrl === '' && (database === undefined || existsSync(join(dataDir, 'threadmill.db')))

async function hasSample(db: Reader, blobs: Blobs): Promise<boolean> {
  const newest = await db.all<{ id: string }>(
    `select id from (select coalesce(content_id, id) as id, seq from files where removed = 0
       order by seq desc limit ? + 0) as newest
     union all select id from (select id from upload_parts limit ? + 0) as parts`,
    samples,
    samples,
  )
  for (const { id } of newest) if (await hasContent(blobs, id)) return true
  return false
}

const elsewhere = ({ place: where, idAt }: BlobStore, { filesUrl, database }: Place, id: string | null) => {
  const advice =
    filesUrl !== ''
      ? 'look at THREADMILL_FILES_URL'
      : database === undefined
        ? 'put the folder back, or restore a backup'
        : 'set THREADMILL_FILES_URL as the other servers have it, or name their data folder (--data-dir)'
  const otherwise =
    id === null ? '' : `. If they are lost, or you have copied them there, write "${id}" to ${idAt}`
  return `The files of the database are not in ${where}: ${advice}${otherwise}`
}

const otherDatabase = ({ place: where, idAt }: BlobStore, { filesUrl, database }: Place) => {
  const settings = [
    filesUrl === '' ? '--data-dir' : 'THREADMILL_FILES_URL',
    ...(database === undefined ? [] : ['THREADMILL_DATABASE_URL', 'THREADMILL_DATABASE_SCHEMA']),
  ]
  return (
    `The files in ${where} belong to another database: look at ${new Intl.ListFormat('en').format(settings)}. ` +
    `If no server uses that one any more, remove ${idAt}`
  )
}
