import { nowSeconds } from '../common/clock.ts'
import { toFileBatch, type FileBatch, type FileBatchRecord } from '../contract/file-batches.ts'
import {
  toVectorStoreFile,
  type CreateVectorStoreFileRequest,
  type VectorStoreFile,
  type VectorStoreFilesQuery,
} from '../contract/vector-store-files.ts'
import { notFound } from '../errors/errors.ts'
import { newFileBatchId } from '../common/ids.ts'
import type { Reader } from '../store/database.ts'
import * as rows from '../store/file-batches.ts'
import { fileAttached, filesWithdrawn } from '../store/signals.ts'
import { attachFile, listVectorStoreFiles } from '../store/vector-store-files.ts'
import { touchVectorStores } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { toListPage, type List } from './list.ts'
import { takeTurns } from '../common/take-turns.ts'
import { findLiveVectorStore, findVectorStore, refuseStoreBytes } from './vector-stores.ts'

/**
 * A file that is named twice is added once, with the attributes that were given last. A file that cannot be read fails
 * later, without the others.
 */
export async function createFileBatch(
  ctx: Context,
  storeId: string,
  files: CreateVectorStoreFileRequest[],
): Promise<FileBatch> {
  const now = nowSeconds()
  const batch = {
    seq: 0,
    id: newFileBatchId(),
    project: ctx.project,
    vector_store_id: storeId,
    body: { created_at: now, cancelled: false },
  }
  const byId = new Map(files.map((file) => [file.file_id, file]))
  return ctx.db.write(async (tx) => {
    await findLiveVectorStore(tx, ctx.project, storeId)
    await existingFiles(tx, ctx.project, [...byId.keys()], 'file_ids')
    await rows.insertFileBatch(tx, batch)
    const place = { project: ctx.project, api_key: ctx.apiKey, vector_store_id: storeId, batch_id: batch.id }
    const turn = takeTurns()
    for (const file of byId.values()) {
      await attachFile(tx, place, file, now)
      await turn()
    }
    await touchVectorStores(tx, ctx.project, [storeId], now)
    await refuseStoreBytes(tx, ctx)
    tx.raise(fileAttached)
    return show(tx, batch)
  })
}

export async function getFileBatch(ctx: Context, storeId: string, id: string): Promise<FileBatch> {
  return show(ctx.db, await find(ctx.db, ctx, storeId, id))
}

/** Finished files stay in the store. A batch that has ended is returned without a change. */
export async function cancelFileBatch(ctx: Context, storeId: string, id: string): Promise<FileBatch> {
  return ctx.db.write(async (tx) => {
    const batch = await find(tx, ctx, storeId, id)
    const stopped = await rows.cancelFileBatch(tx, batch)
    if (stopped > 0) tx.raise(filesWithdrawn)
    return show(tx, await find(tx, ctx, storeId, id))
  })
}

export async function listFilesInBatch(
  ctx: Context,
  storeId: string,
  id: string,
  query: VectorStoreFilesQuery,
): Promise<List<VectorStoreFile>> {
  await find(ctx.db, ctx, storeId, id)
  const from = { vector_store_id: storeId, batch_id: id }
  return toListPage(await listVectorStoreFiles(ctx.db, ctx.project, from, query), toVectorStoreFile)
}

const show = async (db: Reader, batch: FileBatchRecord): Promise<FileBatch> =>
  toFileBatch(batch, await rows.countBatchFiles(db, batch.id))

async function find(db: Reader, ctx: Context, storeId: string, id: string): Promise<FileBatchRecord> {
  await findVectorStore(db, ctx.project, storeId)
  const batch = await rows.getFileBatch(db, ctx.project, storeId, id)
  if (!batch) throw notFound('vector store file batch', id)
  return batch
}
