import { nowSeconds } from '../clock.ts'
import type { FileRecord } from '../contract/files.ts'
import type { Blobs } from './blobs.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { dropExtraction } from './extractions.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { bury } from './tombstones.ts'
import { detachEverywhere } from './vector-store-files.ts'

const alive = '(expires_at is null or expires_at > ?)'

export async function insertFile(tx: Transaction, file: Omit<FileRecord, 'seq'>): Promise<void> {
  await tx.run(
    'insert into files (id, project, purpose, expires_at, body) values (?, ?, ?, ?, ?)',
    file.id,
    file.project,
    file.purpose,
    file.expires_at,
    JSON.stringify(file.body),
  )
}

/** A file whose time is over is not there any more, swept or not. */
export async function getFile(db: Reader, project: string, id: string): Promise<FileRecord | undefined> {
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
): Promise<Page<FileRecord>> {
  const where = { sql: `project = ? and ${alive}`, values: [project, nowSeconds()] as (string | number)[] }
  if (query.purpose !== undefined) {
    where.sql += ' and purpose = ?'
    where.values.push(query.purpose)
  }
  const within = { sql: 'project = ?', values: [project] }
  const page = await readPage<FileRow>(db, 'files', where, query, within)
  return { ...page, data: page.data.map(record) }
}

/** Those of the ids that are there, in the same order: objects keep ids of files that have gone since. */
export async function existingFiles(db: Reader, project: string, ids: string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) if (await getFile(db, project, id)) found.push(id)
  return found
}

/** False when there was none. The content is removed once the row is gone. */
export async function deleteFile(
  tx: Transaction,
  blobs: Blobs,
  project: string,
  id: string,
): Promise<boolean> {
  const file = await getFile(tx, project, id)
  if (!file) return false
  await remove(tx, blobs, { ...file, sha256: file.body.sha256 })
  return true
}

/** Sweeps a bounded number of files that expired before `now` (Unix seconds); how many. */
export async function deleteExpiredFiles(db: Database, blobs: Blobs, now: number): Promise<number> {
  const find = 'select id, seq, project, sha256 from files where expires_at <= ? limit 100'
  if (!(await db.get(find, now))) return 0
  return db.write(async (tx) => {
    const expired = await tx.all<Leaving>(find, now)
    for (const file of expired) await remove(tx, blobs, file)
    return expired.length
  })
}

type Leaving = Pick<FileRecord, 'id' | 'seq' | 'project'> & { sha256: string }

/** Out of every store as well. A crash in between leaves a content without a row, which nothing can reach. */
async function remove(tx: Transaction, blobs: Blobs, file: Leaving): Promise<void> {
  await detachEverywhere(tx, file.id)
  await tx.run('delete from files where id = ?', file.id)
  await bury(tx, file)
  await dropExtraction(tx, file)
  tx.afterCommit(() => void blobs.remove(file.id).catch(() => {}))
}

interface FileRow extends Omit<FileRecord, 'body'> {
  body: string
}

const record = ({ seq, id, project, purpose, expires_at, body }: FileRow): FileRecord => ({
  seq,
  id,
  project,
  purpose,
  expires_at,
  body: JSON.parse(body),
})
