import { nowSeconds } from '../common/clock.ts'
import { defaultChunking } from '../contract/chunking-strategy.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { isExpired, threadStoreExpiry } from '../contract/vector-stores.ts'
import type { Transaction } from '../store/database.ts'
import { fileAttached } from '../store/signals.ts'
import { updateThread } from '../store/threads.ts'
import { attachFileOnce } from '../store/vector-store-files.ts'
import { getVectorStore, touchVectorStores } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { takeTurns } from '../common/take-turns.ts'
import { newVectorStore, refuseStoreBytes } from './vector-stores.ts'

/**
 * Adds the files that a message gives to file search to the vector store of its thread. The files are known to exist.
 * When the thread has no store, or an expired one with which its runs would fail, a new store is made that lives for
 * seven days (as recorded). `thread` is changed together with its row.
 */
export async function addToThreadStore(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  thread: Omit<ThreadRecord, 'seq'>,
  files: string[],
): Promise<void> {
  if (files.length === 0) return
  const now = nowSeconds()
  const storeId = await liveStore(tx, ctx, thread, now)
  const place = { project: ctx.project, api_key: ctx.apiKey, vector_store_id: storeId, batch_id: null }
  const turn = takeTurns()
  for (const file_id of files) {
    const file = { file_id, attributes: {}, chunking_strategy: defaultChunking }
    await attachFileOnce(tx, place, file, now)
    await turn()
  }
  await touchVectorStores(tx, ctx.project, [storeId], now)
  await refuseStoreBytes(tx, ctx)
  tx.raise(fileAttached)
}

async function liveStore(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  thread: Omit<ThreadRecord, 'seq'>,
  now: number,
): Promise<string> {
  for (const id of thread.body.tool_resources.file_search?.vector_store_ids ?? []) {
    const store = await getVectorStore(tx, ctx.project, id)
    if (store && !isExpired(store, now)) return id
  }
  const store = await newVectorStore(tx, ctx, { expires_after: threadStoreExpiry }, '')
  const file_search = { vector_store_ids: [store.id] }
  thread.body.tool_resources = { ...thread.body.tool_resources, file_search }
  updateThread(tx, thread)
  return store.id
}
