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

/** Ends a pending upload; its parts go. False when it was not pending any more. */
export async function endUpload(
  tx: Transaction,
  blobs: Blobs,
  upload: { id: string },
  status: Exclude<UploadStatus, 'pending'>,
): Promise<boolean> {
  const changed = await tx.run(
    "update uploads set status = ? where id = ? and status = 'pending'",
    status,
    upload.id,
  )
  if (changed === 0) return false
  const parts = await getParts(tx, upload.id)
  await tx.run('delete from upload_parts where upload_id = ?', upload.id)
  tx.afterCommit(() => {
    for (const part of parts) void blobs.remove(part.id).catch(() => {})
  })
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

/** Sweeps a bounded number of uploads that nobody finished before `now` (Unix seconds); how many. */
export async function expireUploads(db: Database, blobs: Blobs, now: number): Promise<number> {
  const find = "select id from uploads where status = 'pending' and expires_at <= ? limit 100"
  if (!(await db.get(find, now))) return 0
  return db.write(async (tx) => {
    const over = await tx.all<{ id: string }>(find, now)
    for (const upload of over) await endUpload(tx, blobs, upload, 'expired')
    return over.length
  })
}

interface UploadRow extends Omit<UploadRecord, 'body'> {
  body: string
}
