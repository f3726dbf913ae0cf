import { nowSeconds } from '../common/clock.ts'
import { defaultChunking } from '../contract/chunking-strategy.ts'
import {
  isExpired,
  storeExpiry,
  toVectorStore,
  type CreateVectorStoreRequest,
  type ModifyVectorStoreRequest,
  type VectorStore,
  type VectorStoreDeleted,
  type VectorStoreRecord,
} from '../contract/vector-stores.ts'
import type { Metadata } from '../contract/metadata.ts'
import { notFound, storeIsExpired } from '../errors/errors.ts'
import { newVectorStoreId } from '../common/ids.ts'
import { storesBeyondLimit } from '../errors/limit-errors.ts'
import type { Reader, Transaction } from '../store/database.ts'
import type { PageQuery } from '../store/page.ts'
import { fileAttached, filesWithdrawn } from '../store/signals.ts'
import { lockStoreBytes } from '../store/usage/stored-bytes.ts'
import { attachFile } from '../store/vector-store-files.ts'
import * as rows from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { refuseTakenId } from './free-id.ts'
import { toListPage, type List } from './list.ts'
import { chooseByWords } from './match-words.ts'
import { takeTurns } from '../common/take-turns.ts'

export async function createVectorStore(ctx: Context, input: CreateVectorStoreRequest): Promise<VectorStore> {
  const store = await ctx.db.write((tx) => newVectorStore(tx, ctx, input, 'file_ids'))
  return show(ctx, store)
}

/** Makes a store with its first files. `param` is the path of their list in the request. */
export async function newVectorStore(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  input: Partial<CreateVectorStoreRequest>,
  param: string,
): Promise<VectorStoreRecord> {
  await refuseTakenId(tx, ctx.project, 'vector store', input.id)
  const files = [...new Set(input.file_ids)]
  await existingFiles(tx, ctx.project, files, param)
  const now = nowSeconds()
  const body = {
    created_at: now,
    name: input.name ?? null,
    description: input.description ?? null,
    expires_after: input.expires_after ?? null,
    last_active_at: now,
    metadata: input.metadata ?? {},
  }
  const id = input.id ?? newVectorStoreId()
  const store = { seq: 0, id, project: ctx.project, expires_at: storeExpiry(body), body }
  await rows.insertVectorStore(tx, store)
  const place = { project: ctx.project, api_key: ctx.apiKey, vector_store_id: store.id, batch_id: null }
  const chunking_strategy = input.chunking_strategy ?? defaultChunking
  const turn = takeTurns()
  for (const file_id of files) {
    await attachFile(tx, place, { file_id, attributes: {}, chunking_strategy }, now)
    await turn()
  }
  if (files.length > 0) {
    await refuseStoreBytes(tx, ctx)
    tx.raise(fileAttached)
  }
  return store
}

/** Refuses what was just put into vector stores of the project, when they would take more than they may. */
export async function refuseStoreBytes(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
): Promise<void> {
  const stored = await lockStoreBytes(tx, ctx.admission.limits(), ctx, { waiting: true })
  if (stored && stored.bytes > stored.limit) throw storesBeyondLimit(stored)
}

/** Lists the stores that have the pairs of metadata, the words and the file. The original had no such filters. */
export async function listVectorStores(
  ctx: Context,
  query: PageQuery & { metadata: Metadata; query?: string[] | undefined; file_id?: string | undefined },
): Promise<List<VectorStore>> {
  const choose = chooseByWords<VectorStoreRecord>(query.query, ({ body }) => [body.name, body.description])
  const page = await rows.listVectorStores(ctx.db, ctx.project, query, choose)
  const usage = await rows.usageOfStores(
    ctx.db,
    page.data.map(({ id }) => id),
  )
  return toListPage(page, (store) => toVectorStore(store, usage(store.id), nowSeconds()))
}

export async function getVectorStore(ctx: Context, id: string): Promise<VectorStore> {
  return show(ctx, await findVectorStore(ctx.db, ctx.project, id))
}

/**
 * A new expiry counts from the last use of the store. It also revives an expired store, because its chunks still exist.
 */
export async function modifyVectorStore(
  ctx: Context,
  id: string,
  input: ModifyVectorStoreRequest,
): Promise<VectorStore> {
  const changed = await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'vector_stores', id)
    const store = await findVectorStore(tx, ctx.project, id)
    if (input.name !== undefined) store.body.name = input.name
    if (input.description !== undefined) store.body.description = input.description
    if (input.metadata !== undefined) store.body.metadata = input.metadata ?? {}
    if (input.expires_after !== undefined) store.body.expires_after = input.expires_after
    store.expires_at = storeExpiry(store.body)
    await rows.updateVectorStore(tx, store)
    return store
  })
  return show(ctx, changed)
}

/** The files themselves are not deleted. */
export async function deleteVectorStore(ctx: Context, id: string): Promise<VectorStoreDeleted> {
  const deleted = await ctx.db.write(async (tx) => {
    tx.raise(filesWithdrawn)
    return rows.deleteVectorStore(tx, ctx.project, id)
  })
  if (!deleted) throw notFound('vector store', id)
  return { id, object: 'vector_store.deleted', deleted: true }
}

export async function findVectorStore(db: Reader, project: string, id: string): Promise<VectorStoreRecord> {
  const store = await rows.getVectorStore(db, project, id)
  if (!store) throw notFound('vector store', id)
  return store
}

/** For operations that use a store. Refuses an expired one. */
export async function findLiveVectorStore(
  db: Reader,
  project: string,
  id: string,
): Promise<VectorStoreRecord> {
  const store = await findVectorStore(db, project, id)
  if (isExpired(store, nowSeconds())) throw storeIsExpired(id)
  return store
}

async function show(ctx: Context, store: VectorStoreRecord): Promise<VectorStore> {
  const usage = await rows.usageOfStores(ctx.db, [store.id])
  return toVectorStore(store, usage(store.id), nowSeconds())
}
