import type { FileError, VectorStoreFileRecord } from '../contract/vector-store-files.ts'
import type { Reader, Transaction } from './database.ts'
import { record, type VectorStoreFileRow } from './vector-store-files.ts'

/** A file of a store that a worker holds. */
export interface IndexingJob extends VectorStoreFileRecord {
  filename: string
  /** Of the file. */
  bytes: number
  sha256: string
}

const free =
  "job.status = 'in_progress' and (job.lease_until is null or job.lease_until < ?) and (job.retry_at is null or job.retry_at <= ?)"

export const hasFileToIndex = async (db: Reader, now: number): Promise<boolean> =>
  (await db.get(`select 1 from vector_store_files as job where ${free} limit 1`, now, now)) !== undefined

/**
 * Takes files that nobody works on, oldest first, until `bytes` of content are taken; the first one whatever its size
 * with `anySize`. Where a lease has run out, its holder was lost, which counts as a try. Times in milliseconds.
 */
export async function claimFiles(
  tx: Transaction,
  lease: { owner: string; now: number; until: number },
  most: { files: number; bytes: number; anySize: boolean },
): Promise<IndexingJob[]> {
  const rows = await tx.all<VectorStoreFileRow & Pick<IndexingJob, 'filename' | 'bytes' | 'sha256'>>(
    `select job.*, files.filename as filename, files.bytes as bytes, files.sha256 as sha256
     from vector_store_files as job join files on files.id = job.id and files.removed = 0
     join vector_stores on vector_stores.id = job.vector_store_id and vector_stores.removed = 0
     where ${free} order by job.seq limit ? + 0`,
    lease.now,
    lease.now,
    most.files,
  )
  const claimed: IndexingJob[] = []
  let bytes = 0
  for (const row of rows) {
    bytes += row.bytes
    if (bytes > most.bytes && (claimed.length > 0 || !most.anySize)) break
    const [attempt, tries] = [row.attempt + 1, row.tries + (row.lease_owner === null ? 0 : 1)]
    await tx.run(
      `update vector_store_files set attempt = ?, tries = ?, lease_owner = ?, lease_until = ?, retry_at = null
       where seq = ?`,
      attempt,
      tries,
      lease.owner,
      lease.until,
      row.seq,
    )
    claimed.push({ ...row, ...record(row), attempt, tries })
  }
  return claimed
}

/** Renews every lease of a worker; what it still holds, as `seq` and `attempt`. */
export const renewFileLeases = (tx: Transaction, owner: string, until: number) =>
  tx.all<{ seq: number; attempt: number }>(
    'update vector_store_files set lease_until = ? where lease_owner = ? returning seq, attempt',
    until,
    owner,
  )

/** Makes the files of a worker that goes away free to be claimed at once. */
export const releaseFiles = (tx: Transaction, owner: string) =>
  tx.run('update vector_store_files set lease_owner = null, lease_until = null where lease_owner = ?', owner)

type Held = Pick<IndexingJob, 'seq' | 'attempt'>

const fence = "where seq = ? and attempt = ? and status = 'in_progress'"

/** Zero rows when the work no longer counts; then nothing of it may be kept. */
export const completeFile = (tx: Transaction, job: Held, usageBytes: number, warnings: string[]) =>
  tx.run(
    `update vector_store_files set status = 'completed', usage_bytes = ?, warnings = ?, last_error = null,
       lease_owner = null, lease_until = null ${fence}`,
    usageBytes,
    JSON.stringify(warnings),
    job.seq,
    job.attempt,
  )

export const failFile = (tx: Transaction, job: Held, error: FileError) =>
  tx.run(
    `update vector_store_files set status = 'failed', usage_bytes = 0, last_error = ?, lease_owner = null,
       lease_until = null ${fence}`,
    JSON.stringify(error),
    job.seq,
    job.attempt,
  )

/** Lets go of the file until `at` (milliseconds) after one more try. */
export const postponeFile = (tx: Transaction, job: Held, at: number) =>
  tx.run(
    `update vector_store_files set retry_at = ?, tries = tries + 1, lease_owner = null, lease_until = null ${fence}`,
    at,
    job.seq,
    job.attempt,
  )
