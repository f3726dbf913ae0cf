import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultChunking } from '../contract/chunking-strategy.ts'
import { newFileId, newVectorStoreId } from '../common/ids.ts'
import { openFolderBlobs } from '../store/blobs/folder.ts'
import { openSqlite } from '../store/sqlite/sqlite.ts'
import { insertFile } from '../store/files.ts'
import { createTrial } from '../store/trial.ts'
import { migrateSqlite } from '../store/sqlite/migrate.ts'
import { fileAttached } from '../store/signals.ts'
import { attachFile, getVectorStoreFile } from '../store/vector-store-files.ts'
import { insertVectorStore } from '../store/vector-stores.ts'
import { type Embedder } from './embedder.ts'
import { startExtractor, type Extractor } from './extract/extractor.ts'
import { readLimits } from '../store/usage/limits.ts'
import { createFileTurns, startIndexer } from './indexer.ts'
import { startPreparer } from './preparer.ts'

export const project = 'default'

/** The parts that an indexer needs, with one store and files in it. */
export async function createIndexerFixture(
  options: {
    embedder?: Embedder
    extractor?: (real: Extractor) => Extractor
    files?: number
    bytes?: number
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  migrateSqlite(file)
  const db = openSqlite(file)
  const blobs = openFolderBlobs(join(folder, 'files'))
  const real = startExtractor({ workers: 1 })
  const preparer = startPreparer()
  const storeId = newVectorStoreId()
  const body = {
    created_at: 1,
    name: null,
    description: null,
    expires_after: null,
    last_active_at: 1,
    metadata: {},
  }
  const addStore = (id: string) =>
    db.write((tx) => insertVectorStore(tx, { id, project, expires_at: null, body }))
  await addStore(storeId)
  const start = () =>
    startIndexer({
      db,
      blobs,
      extractor: options.extractor?.(real) ?? real,
      prepare: preparer.prepare,
      embedder: () => options.embedder,
      limits: () => readLimits([]),
      log: () => {},
      owner: 'this server',
      trial: createTrial(),
      turns: createFileTurns(() => {}, options.files),
      ...(options.bytes !== undefined && { bytes: options.bytes }),
    })
  const indexer = start()
  return {
    db,
    storeId,
    signals: db.signals,
    addStore,
    async add(text: string, filename = 'notes.txt', store = storeId) {
      const id = newFileId()
      const stored = await blobs.put(id, Readable.from([Buffer.from(text)]), 1e9)
      await db.write(async (tx) => {
        const about = { filename, created_at: 1, status: 'processed' as const, ...stored }
        await insertFile(tx, { id, project, purpose: 'assistants', expires_at: null, body: about })
        const place = { project, vector_store_id: store, batch_id: null }
        await attachFile(tx, place, { file_id: id, attributes: {}, chunking_strategy: defaultChunking }, 1)
        tx.raise(fileAttached)
      })
      return id
    },
    look: async (id: string, store = storeId) => {
      const found = await getVectorStoreFile(db, project, store, id)
      assert.ok(found)
      return found
    },
    async settled(id: string, store = storeId) {
      for (;;) {
        const found = await this.look(id, store)
        if (found.status !== 'in_progress') return found
        await sleep(10)
      }
    },
    async [Symbol.asyncDispose]() {
      await indexer.close()
      await Promise.all([real.close(), preparer.close()])
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const embedder = (embed: (texts: string[]) => Float32Array[]): Embedder => ({
  name: 'test/vectors',
  dimensions: 2,
  maxBatch: 8,
  embed: async (texts) => embed(texts),
})

export const vectors = (texts: string[]) => texts.map(() => Float32Array.from([1, 0]))
