import { countFiles, type FileCounts, type VectorStoreFileStatus } from '../contract/file-counts.ts'
import type { FileBatchRecord } from '../contract/file-batches.ts'
import type { Reader, Transaction } from './database.ts'
import { workEnded } from './vector-store-files.ts'

export async function insertFileBatch(tx: Transaction, batch: Omit<FileBatchRecord, 'seq'>): Promise<void> {
  await tx.run(
    'insert into file_batches (id, project, vector_store_id, body) values (?, ?, ?, ?)',
    batch.id,
    batch.project,
    batch.vector_store_id,
    JSON.stringify(batch.body),
  )
}

export async function getFileBatch(
  db: Reader,
  project: string,
  storeId: string,
  id: string,
): Promise<FileBatchRecord | undefined> {
  const row = await db.get<Omit<FileBatchRecord, 'body'> & { body: string }>(
    'select * from file_batches where id = ? and vector_store_id = ? and project = ?',
    id,
    storeId,
    project,
  )
  return row && { ...row, body: JSON.parse(row.body) }
}

export async function countBatchFiles(db: Reader, id: string): Promise<FileCounts> {
  const rows = await db.all<{ status: VectorStoreFileStatus; count: number }>(
    'select status, count(*) as count from vector_store_files where batch_id = ? group by status',
    id,
  )
  return countFiles(rows)
}

/**
 * Cancels the unfinished files of a batch, and returns how many there were. A worker can no longer write the files that
 * it is working on.
 */
export async function cancelFileBatch(tx: Transaction, batch: FileBatchRecord): Promise<number> {
  const stopped = await tx.run(
    `update vector_store_files set status = 'cancelled', ${workEnded}
     where batch_id = ? and status = 'in_progress'`,
    batch.id,
  )
  if (stopped > 0) {
    await tx.run(
      'update file_batches set body = ? where id = ?',
      JSON.stringify({ ...batch.body, cancelled: true }),
      batch.id,
    )
  }
  return stopped
}
