import type { UploadPartRecord, UploadRecord, UploadStatus } from '../contract/uploads.ts'
import type { Blobs } from './blobs.ts'
import type { Database, Reader, Transaction } from './database.ts'

export async function insertUpload(tx: Transaction, upload: Omit<UploadRecord, 'seq'>): Promise<void> {
  await tx.run(
    'insert into uploads (id, project, status, expires_at, body) values (?, ?, ?, ?, ?)',
    upload.id,
    upload.project,
    upload.status,
    upload.expires_at,
    JSON.stringify(upload.body),
  )
}

/** `now` in Unix seconds: a pending upload whose time is over reads as expired, swept or not. */
export async function getUpload(
  db: Reader,
  project: string,
  id: string,
  now: number,
): Promise<UploadRecord | undefined> {
  const row = await db.get<UploadRow>('select * from uploads where id = ? and project = ?', id, project)
  if (!row) return undefined
  const status = row.status === 'pending' && row.expires_at <= now ? 'expired' : row.status
  return { ...row, status, body: JSON.parse(row.body) }
}

/** Ends a pending upload; `removeParts` takes its parts. False when it was not pending any more. */
export async function endUpload(
  tx: Transaction,
  upload: { id: string },
  status: Exclude<UploadStatus, 'pending'>,
): Promise<boolean> {
  const changed = await tx.run(
    "update uploads set status = ? where id = ? and status = 'pending'",
    status,
    upload.id,
  )
  if (changed === 0) return false
  return true
}

/** Parts of one transaction. */
const partsAtOnce = 50

/** Takes away some of the parts of uploads that have ended; false when none is left. */
export async function removeParts(db: Database, blobs: Blobs): Promise<boolean> {
  const find = `select upload_parts.id as id from upload_parts join uploads on uploads.id = upload_id
    where uploads.status <> 'pending' limit ${partsAtOnce}`
  const parts = await db.all<{ id: string }>(find)
  if (parts.length === 0) return false
  await db.write(async (tx) => {
    for (const { id } of parts) await tx.run('delete from upload_parts where id = ?', id)
  })
  // What cannot be removed now is found by the search for contents that nothing names.
  await Promise.all(parts.map(({ id }) => blobs.remove(id).catch(() => {})))
  return true
}

export async function insertPart(tx: Transaction, part: UploadPartRecord): Promise<void> {
  await tx.run(
    'insert into upload_parts (id, upload_id, bytes, created_at) values (?, ?, ?, ?)',
    part.id,
    part.upload_id,
    part.bytes,
    part.created_at,
  )
}

export const getParts = (db: Reader, uploadId: string) =>
  db.all<UploadPartRecord>('select * from upload_parts where upload_id = ?', uploadId)

/** Ends some of the uploads that nobody finished before `now` (Unix seconds); false when there was none. */
export async function expireUploads(db: Database, now: number): Promise<boolean> {
  const find = "select id from uploads where status = 'pending' and expires_at <= ? limit 100"
  if (!(await db.get(find, now))) return false
  await db.write(async (tx) => {
    for (const upload of await tx.all<{ id: string }>(find, now)) await endUpload(tx, upload, 'expired')
  })
  return true
}

interface UploadRow extends Omit<UploadRecord, 'body'> {
  body: string
}
