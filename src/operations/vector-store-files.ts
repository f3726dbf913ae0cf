import { nowSeconds } from '../common/clock.ts'
import {
  toVectorStoreFile,
  type CreateVectorStoreFileRequest,
  type FileContentPage,
  type UpdateVectorStoreFileRequest,
  type VectorStoreFile,
  type VectorStoreFileDeleted,
  type VectorStoreFileRecord,
  type VectorStoreFilesQuery,
} from '../contract/vector-store-files.ts'
import { conflict, storeFileNotFound } from '../errors/errors.ts'
import type { Reader } from '../store/database.ts'
import { namesOfFiles } from '../store/files.ts'
import { fileAttached, filesWithdrawn } from '../store/signals.ts'
import * as rows from '../store/vector-store-files.ts'
import { touchVectorStores } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { readFileText } from './file-text.ts'
import { toListPage, type List } from './list.ts'
import { findLiveVectorStore, findVectorStore, refuseStoreBytes } from './vector-stores.ts'

export async function createVectorStoreFile(
  ctx: Context,
  storeId: string,
  input: CreateVectorStoreFileRequest,
): Promise<VectorStoreFile> {
  return ctx.db.write(async (tx) => {
    await findLiveVectorStore(tx, ctx.project, storeId)
    await existingFiles(tx, ctx.project, [input.file_id], 'file_id')
    const place = { project: ctx.project, api_key: ctx.apiKey, vector_store_id: storeId, batch_id: null }
    await rows.attachFile(tx, place, input, nowSeconds())
    await touchVectorStores(tx, ctx.project, [storeId], nowSeconds())
    await refuseStoreBytes(tx, ctx)
    tx.raise(fileAttached)
    return toVectorStoreFile(await findStoreFile(tx, ctx, storeId, input.file_id))
  })
}

export async function listVectorStoreFiles(
  ctx: Context,
  storeId: string,
  query: VectorStoreFilesQuery,
  { filenames }: { filenames: boolean },
): Promise<List<VectorStoreFile>> {
  await findVectorStore(ctx.db, ctx.project, storeId)
  const page = await rows.listVectorStoreFiles(ctx.db, ctx.project, { vector_store_id: storeId }, query)
  const list = toListPage(page, toVectorStoreFile)
  if (!filenames) return list
  const names = await namesOfFiles(
    ctx.db,
    ctx.project,
    list.data.map(({ id }) => id),
  )
  return { ...list, data: list.data.map((file) => ({ ...file, filename: names.get(file.id) ?? null })) }
}

export async function getVectorStoreFile(
  ctx: Context,
  storeId: string,
  id: string,
): Promise<VectorStoreFile> {
  return toVectorStoreFile(await findStoreFile(ctx.db, ctx, storeId, id))
}

/** The change applies from the next search on, because attributes are not part of the index. */
export async function updateVectorStoreFileAttributes(
  ctx: Context,
  storeId: string,
  id: string,
  { attributes }: UpdateVectorStoreFileRequest,
): Promise<VectorStoreFile> {
  return ctx.db.write(async (tx) => {
    const file = { ...(await findStoreFile(tx, ctx, storeId, id)), attributes }
    await rows.updateAttributes(tx, file)
    return toVectorStoreFile(file)
  })
}

/** Removes the file from this store only. */
export async function deleteVectorStoreFile(
  ctx: Context,
  storeId: string,
  id: string,
): Promise<VectorStoreFileDeleted> {
  return ctx.db.write(async (tx) => {
    await findVectorStore(tx, ctx.project, storeId)
    if (!(await rows.detachFile(tx, ctx.project, storeId, id))) {
      // Programs that clean up often delete the file first and remove it from its store afterwards.
      if (!(await rows.isLeavingWithItsFile(tx, ctx.project, storeId, id)))
        throw storeFileNotFound(id, storeId)
    }
    tx.raise(filesWithdrawn)
    return { id, object: 'vector_store.file.deleted', deleted: true }
  })
}

/** Returns the whole text of the file in one piece. */
export async function getVectorStoreFileContent(
  ctx: Context,
  storeId: string,
  id: string,
): Promise<FileContentPage> {
  const { status } = await findStoreFile(ctx.db, ctx, storeId, id)
  if (status !== 'completed') {
    throw conflict(`The content of file '${id}' cannot be shown: its status is '${status}'.`)
  }
  const { text } = await readFileText(ctx, storeId, id)
  return {
    object: 'vector_store.file_content.page',
    data: [{ type: 'text', text }],
    has_more: false,
    next_page: null,
  }
}

/** Answers 404 for the store when the store does not exist. */
export async function findStoreFile(
  db: Reader,
  ctx: Context,
  storeId: string,
  id: string,
): Promise<VectorStoreFileRecord> {
  await findVectorStore(db, ctx.project, storeId)
  const file = await rows.getVectorStoreFile(db, ctx.project, storeId, id)
  if (!file) throw storeFileNotFound(id, storeId)
  return file
}
