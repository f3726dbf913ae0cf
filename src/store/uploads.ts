import type { UploadPartRecord, UploadRecord, UploadStatus } from '../contract/uploads.ts'
import type { Blobs } from './blobs/blobs.ts'
import type { Database, Reader, Transaction } from './database.ts'

/** `apiKey` is the key that stores it. */
export async function insertUpload(
  tx: Transaction,
  upload: Omit<UploadRecord, 'seq'>,
  apiKey: string,
): Promise<void> {
  await tx.run(
    'insert into uploads (id, project, status, expires_at, body) values (?, ?, ?, ?, ?)',
    upload.id,
    upload.project,
    upload.status,
    upload.expires_at,
    JSON.stringify(upload.body),
  )
  tx.send('insert into uploads_of_keys (upload_id, api_key) values (?, ?)', upload.id, apiKey)
}

/**
 * `now` is in Unix seconds. A pending upload whose time is over counts as expired, even before the sweeper has expired
 * it.
 */
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

/** Ends a pending upload. `removeParts` deletes its parts. Returns false when it was no longer pending. */
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

/** How many parts are deleted in one transaction. */
const partsAtOnce = 50

/** Deletes some parts of uploads that have ended. Returns false when none is left. */
export async function removeParts(db: Database, blobs: Blobs): Promise<boolean> {
  const find = `select upload_parts.id as id from upload_parts join uploads on uploads.id = upload_id
    where uploads.status <> 'pending' limit ${partsAtOnce}`
  const parts = await db.all<{ id: string }>(find)
  if (parts.length === 0) return false
  await db.write(async (tx) => {
    for (const { id } of parts) await tx.run('delete from upload_parts where id = ?', id)
  })
  // A content that cannot be removed now is found later by the search for contents that nothing refers to.
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

/** Ends some uploads that were not finished before `now` (Unix seconds). Returns false when there was none. */
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
