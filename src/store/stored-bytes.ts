import { nowSeconds } from '../clock.ts'
import type { UploadBody } from '../contract/uploads.ts'
import type { Reader, Transaction } from './database.ts'
import type { Limits } from './limits.ts'

/** What a project stores, and what it may store at most. Undefined where there is no limit. */
export type StoredBytes = { bytes: number; limit: number } | undefined

/** Waits until no other transaction adds bytes to the project, and counts them. Nothing is done without a limit. */
export async function lockFileBytes(tx: Transaction, limits: Limits, project: string): Promise<StoredBytes> {
  const limit = limits.of(project, 'max_file_bytes')
  if (limit === undefined) return undefined
  await tx.lock('projects', project)
  return { bytes: await fileBytes(tx, project), limit }
}

/** How many bytes more the files of the project may take. Another request may take them meanwhile. */
export async function roomForFiles(db: Reader, limits: Limits, project: string): Promise<number> {
  const limit = limits.of(project, 'max_file_bytes')
  return limit === undefined ? Infinity : Math.max(0, limit - (await fileBytes(db, project)))
}

/** Files, and uploads that are not finished: these count as what they were announced as, or as their parts where that is more. */
async function fileBytes(db: Reader, project: string): Promise<number> {
  const now = nowSeconds()
  const files = await db.get<{ bytes: number | null }>(
    'select sum(bytes) as bytes from files where project = ? and removed = 0 and (expires_at is null or expires_at > ?)',
    project,
    now,
  )
  const uploads = await db.all<{ body: string; bytes: number | null }>(
    `select body, (select sum(bytes) from upload_parts where upload_id = uploads.id) as bytes from uploads
     where project = ? and status = 'pending' and expires_at > ?`,
    project,
    now,
  )
  return uploads.reduce(
    (sum, { body, bytes }) => sum + Math.max((JSON.parse(body) as UploadBody).bytes, bytes ?? 0),
    files?.bytes ?? 0,
  )
}

/**
 * The same for vector stores. With `waiting`, files that are not indexed yet count as large as they are; without it only what
 * is indexed counts.
 */
export async function lockStoreBytes(
  tx: Transaction,
  limits: Limits,
  project: string,
  { waiting }: { waiting: boolean },
): Promise<StoredBytes> {
  const limit = limits.of(project, 'max_vector_store_bytes')
  if (limit === undefined) return undefined
  await tx.lock('projects', project)
  const found = await tx.get<{ bytes: number | null }>(
    `select sum(case when status = 'in_progress' then vector_store_files.bytes else usage_bytes end) as bytes
     from vector_store_files join vector_stores on vector_stores.id = vector_store_id and vector_stores.removed = 0
     where vector_stores.project = ? and status in ('completed', ?)`,
    project,
    waiting ? 'in_progress' : 'completed',
  )
  return { bytes: found?.bytes ?? 0, limit }
}
