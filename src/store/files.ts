import { nowSeconds } from '../common/clock.ts'
import type { FileRecord } from '../contract/files.ts'
import type { Blobs } from './blobs/blobs.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { dropExtraction } from './extractions.ts'
import { inList, inSlices } from './in-list.ts'
import { readChosenPage, type Choose, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'
import { detachEverywhere } from './vector-store-files.ts'

const alive = 'removed = 0 and (expires_at is null or expires_at > ?)'
/** Files of containers are found only through their container. */
const shown = `${alive} and purpose <> 'container'`

/** The id under which the content of a file is stored. */
export const contentOf = ({ id, content_id }: Pick<FileRecord, 'id' | 'content_id'>): string =>
  content_id ?? id

/** `api_key` is the key that stores it. What comes from elsewhere is stored by none. */
export type NewFile = Omit<FileRecord, 'seq'> & { api_key?: string }

/** `keptSince` (Unix seconds) is the time from which the retention of files is counted. */
export async function insertFile(
  tx: Transaction,
  file: NewFile,
  keptSince = file.body.created_at,
): Promise<void> {
  await tx.run(
    `insert into files (id, project, purpose, expires_at, filename, bytes, sha256, created_at, content_id, body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    file.id,
    file.project,
    file.purpose,
    file.expires_at,
    file.body.filename,
    file.body.bytes,
    file.body.sha256,
    keptSince,
    file.content_id ?? null,
    JSON.stringify(file.body),
  )
  if (file.api_key)
    tx.send('insert into files_of_keys (file_id, api_key) values (?, ?)', file.id, file.api_key)
}

/** An expired file counts as deleted, even before the sweeper has removed it. */
export async function getFile(db: Reader, project: string, id: string): Promise<FileRecord | undefined> {
  const row = await db.get<FileRow>(
    `select * from files where id = ? and project = ? and ${shown}`,
    id,
    project,
    nowSeconds(),
  )
  return row && record(row)
}

/** The same with files of containers, for who has found the id in a container. */
export async function getSandboxFile(
  db: Reader,
  project: string,
  id: string,
): Promise<FileRecord | undefined> {
  const row = await db.get<FileRow>(
    `select * from files where id = ? and project = ? and ${alive}`,
    id,
    project,
    nowSeconds(),
  )
  return row && record(row)
}

export async function listFiles(
  db: Reader,
  project: string,
  query: PageQuery & { purpose?: string | undefined },
  choose?: Choose<FileRecord>,
): Promise<Page<FileRecord>> {
  const where = { sql: `project = ? and ${shown}`, values: [project, nowSeconds()] as (string | number)[] }
  if (query.purpose !== undefined) {
    where.sql += ' and purpose = ?'
    where.values.push(query.purpose)
  }
  const within = {
    sql: 'project = ? and removed = 0',
    values: [project],
    deletedFrom: { project, list: 'files' },
  }
  return readChosenPage<FileRow, FileRecord>(db, 'files', where, query, { within, show: record, choose })
}

/** The files with these ids that exist, in any order. */
export async function getFiles(db: Reader, project: string, ids: string[]): Promise<FileRecord[]> {
  const rows = await inSlices(ids, (some) => {
    const wanted = inList(some)
    return db.all<FileRow>(
      `select * from files where id in (${wanted.marks}) and project = ? and ${shown}`,
      ...wanted.values,
      project,
      nowSeconds(),
    )
  })
  return rows.map(record)
}

/** The names of the files that exist, by id. */
export async function namesOfFiles(db: Reader, project: string, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const wanted = inList(ids)
  const rows = await db.all<{ id: string; filename: string }>(
    `select id, filename from files where id in (${wanted.marks}) and project = ? and ${shown}`,
    ...wanted.values,
    project,
    nowSeconds(),
  )
  return new Map(rows.map(({ id, filename }) => [id, filename]))
}

/** The ids that exist, in the same order. Objects keep ids of files that were deleted since. */
export async function existingFiles(db: Reader, project: string, ids: string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) if (await getFile(db, project, id)) found.push(id)
  return found
}

/** Returns false when the file does not exist. The content is removed after the row. */
export async function deleteFile(
  tx: Transaction,
  blobs: Blobs,
  project: string,
  id: string,
): Promise<boolean> {
  await tx.lockOwn(project, 'files', id)
  const file = await getFile(tx, project, id)
  if (!file) return false
  await remove(tx, blobs, { ...file, sha256: file.body.sha256 })
  return true
}

/** How many of a file's places in vector stores are removed in one transaction. */
const placesAtOnce = 50

/** Deletes one file that expired before `now` (Unix seconds), of any project. Returns false when there was none. */
export const deleteExpiredFiles = (db: Database, blobs: Blobs, now: number): Promise<boolean> =>
  deleteOneFile(db, blobs, { where: 'expires_at <= ?', value: now })

/** Deletes one file that was made before `before` (Unix seconds), of any project. Returns false when there was none. */
export const deleteOldFiles = (db: Database, blobs: Blobs, before: number): Promise<boolean> =>
  deleteOneFile(db, blobs, { where: 'created_at < ?', value: before })

/** Deletes any file for which the condition holds. Returns false when there was none. */
export async function deleteOneFile(
  db: Database,
  blobs: Blobs,
  { where, value }: { where: string; value: number | string },
): Promise<boolean> {
  const find = `select id, seq, project, sha256, content_id from files where removed = 0 and ${where} limit 1`
  if (!(await db.get(find, value))) return false
  await db.write(async (tx) => {
    const file = await tx.claim<Found>(find, value)
    if (file) await remove(tx, blobs, { ...file, content_id: file.content_id ?? undefined })
  })
  return true
}

/** As the row contains it. */
type Found = Omit<Leaving, 'content_id'> & { content_id: string | null }

type Leaving = Pick<FileRecord, 'id' | 'seq' | 'project' | 'content_id'> & { sha256: string }

/**
 * Hides the file, and removes it from its stores. When it is in very many stores, `removeDeletedFiles` does the rest.
 * After a crash in between, the next start removes the content, which then has no row.
 */
async function remove(tx: Transaction, blobs: Blobs, file: Leaving): Promise<void> {
  const places = await detachEverywhere(tx, file.id, placesAtOnce)
  if (places < placesAtOnce) await tx.run('delete from files where seq = ?', file.seq)
  else await tx.run('update files set removed = 1 where seq = ?', file.seq)
  await addTombstone(tx, { project: file.project, list: 'files' }, file)
  await dropExtraction(tx, file)
  tx.afterCommit(() => void blobs.remove(contentOf(file)).catch(() => {}))
}

/** Removes a deleted file from more of its stores, and at the end its row. Returns false when none is left. */
export async function removeDeletedFiles(db: Database): Promise<boolean> {
  const find = 'select id, seq from files where removed = 1 order by seq limit 1'
  if (!(await db.get(find))) return false
  await db.write(async (tx) => {
    const file = await tx.get<{ id: string; seq: number }>(find)
    if (!file) return
    if ((await detachEverywhere(tx, file.id, placesAtOnce)) < placesAtOnce)
      await tx.run('delete from files where seq = ?', file.seq)
  }, 'committed')
  return true
}

interface FileRow extends Omit<FileRecord, 'body' | 'content_id'> {
  content_id: string | null
  body: string
}

const record = ({ seq, id, project, purpose, expires_at, content_id, body }: FileRow): FileRecord => ({
  seq,
  id,
  project,
  purpose,
  expires_at,
  content_id: content_id ?? undefined,
  body: JSON.parse(body),
})
