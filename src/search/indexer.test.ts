import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultChunking } from '../contract/chunking-strategy.ts'
import { newFileId, newVectorStoreId } from '../ids.ts'
import { openBlobs } from '../store/blobs.ts'
import { openDatabase } from '../store/database.ts'
import { insertFile } from '../store/files.ts'
import { createTrial } from '../store/leased-worker.ts'
import { migrate } from '../store/migrate.ts'
import { createSignals, fileAttached, filesWithdrawn } from '../store/signals.ts'
import { attachFile, getVectorStoreFile } from '../store/vector-store-files.ts'
import { deleteVectorStore, insertVectorStore } from '../store/vector-stores.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { ExtractionFailure } from './extract/extracted.ts'
import { startExtractor, type Extractor } from './extract/extractor.ts'
import { gatherTexts } from './gather-texts.ts'
import { createFileTurns, startIndexer } from './indexer.ts'
import { startPreparer } from './preparer.ts'

const project = 'default'

/** The parts that an indexer needs, one store, and files put into it. */
async function stage(
  options: {
    embedder?: Embedder
    extractor?: (real: Extractor) => Extractor
    files?: number
    bytes?: number
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  migrate(file)
  const db = openDatabase(file)
  const blobs = openBlobs(join(folder, 'files'))
  const signals = createSignals()
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
  await db.write((tx) => insertVectorStore(tx, { id: storeId, project, expires_at: null, body }))
  const start = () =>
    startIndexer({
      db,
      blobs,
      signals,
      extractor: options.extractor?.(real) ?? real,
      prepare: preparer.prepare,
      embedder: options.embedder,
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
    signals,
    async add(text: string, filename = 'notes.txt') {
      const id = newFileId()
      const stored = await blobs.put(id, Readable.from([Buffer.from(text)]), 1e9)
      await db.write(async (tx) => {
        const about = { filename, created_at: 1, status: 'processed' as const, ...stored }
        await insertFile(tx, { id, project, purpose: 'assistants', expires_at: null, body: about })
        const place = { project, vector_store_id: storeId, batch_id: null }
        await attachFile(tx, place, { file_id: id, attributes: {}, chunking_strategy: defaultChunking }, 1)
        tx.afterCommit(() => signals.raise(fileAttached))
      })
      return id
    },
    look: async (id: string) => {
      const found = await getVectorStoreFile(db, project, storeId, id)
      assert.ok(found)
      return found
    },
    async settled(id: string) {
      for (;;) {
        const found = await this.look(id)
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

const embedder = (embed: (texts: string[]) => Float32Array[]): Embedder => ({
  name: 'test/vectors',
  dimensions: 2,
  maxBatch: 8,
  embed: async (texts) => embed(texts),
})

const vectors = (texts: string[]) => texts.map(() => Float32Array.from([1, 0]))

test('an embedding model that cannot be asked for a moment is asked again', async () => {
  let asked = 0
  await using staged = await stage({
    embedder: embedder((texts) => {
      if (++asked === 1) throw new EmbeddingFailure('429', true)
      return vectors(texts)
    }),
  })
  const id = await staged.add('Some text')
  const file = await staged.settled(id)
  assert.deepEqual([file.status, file.tries, asked], ['completed', 1, 2])
  const count = await staged.db.get<{ n: number }>('select count(*) as n from chunk_vectors')
  assert.equal(count?.n, 1)
})

test('one that says no is not asked again: the file fails and says why', async () => {
  await using staged = await stage({
    embedder: embedder(() => {
      throw new EmbeddingFailure('401', false)
    }),
  })
  const file = await staged.settled(await staged.add('Some text'))
  assert.deepEqual(file.last_error, {
    code: 'server_error',
    message: 'An internal error occurred. The embedding model could not be asked.',
  })
  assert.equal(file.status, 'failed')
})

test('the same bytes cost one reading and one embedding, also at the same time', async () => {
  let read = 0
  const texts: string[] = []
  await using staged = await stage({
    embedder: embedder((given) => {
      texts.push(...given)
      return vectors(given)
    }),
    extractor: (real) => ({
      ...real,
      extractChunks: (...given) => {
        read++
        return real.extractChunks(...given)
      },
    }),
    files: 4,
  })
  const ids = []
  for (let number = 0; number < 6; number++) ids.push(await staged.add('The same text'))
  for (const id of ids) assert.equal((await staged.settled(id)).status, 'completed')
  assert.equal((await staged.settled(await staged.add('The same text', 'other.txt'))).status, 'completed')
  assert.deepEqual([read, texts], [1, ['The same text']])
  await staged.settled(await staged.add('The same text', 'as-markdown.md'))
  assert.equal(read, 2, 'the same bytes can be read in another way')
})

test('files that wait for their vectors hold no place: many small ones are few requests', async () => {
  let read = 0
  const requests: string[][] = []
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const slow: Embedder = {
    name: 'test/slow',
    dimensions: 2,
    maxBatch: 16,
    async embed(texts) {
      requests.push(texts)
      await opened
      return vectors(texts)
    },
  }
  await using staged = await stage({
    embedder: gatherTexts(slow),
    extractor: (real) => ({
      ...real,
      async extractChunks(...given) {
        const found = await real.extractChunks(...given)
        read++
        return found
      },
    }),
    files: 4,
  })
  const ids = []
  for (let number = 0; number < 33; number++) ids.push(await staged.add(`Note ${number}`))
  while (read < ids.length) await sleep(10)
  open()
  for (const id of ids) assert.equal((await staged.settled(id)).status, 'completed')
  assert.equal(requests.flat().length, 33)
  assert.ok(requests.length <= 5, `${requests.length} requests`)
})

test('a reading that ends without a verdict is tried twice', async () => {
  let read = 0
  await using staged = await stage({
    extractor: (real) => ({
      ...real,
      async extractChunks() {
        read++
        throw new ExtractionFailure('server_error', 'An internal error occurred. The thread ended.')
      },
    }),
  })
  const file = await staged.settled(await staged.add('Poison'))
  assert.deepEqual([file.status, file.last_error?.code, read], ['failed', 'server_error', 2])
})

test('a file whose process ended again and again while nothing else was there is given up; others are not', async () => {
  await using staged = await stage()
  const lost = async (losses: number, blamed: number) => {
    const id = await staged.add(`${losses} ${blamed}`)
    await staged.settled(id)
    await staged.db.write((tx) =>
      tx.run(
        `update vector_store_files set status = 'in_progress', losses = ?, blamed = ? where id = ?`,
        losses,
        blamed,
        id,
      ),
    )
    return id
  }
  const culprit = await lost(3, 3)
  const { status, last_error } = await staged.settled(culprit)
  assert.equal(status, 'failed')
  assert.deepEqual(last_error, {
    code: 'server_error',
    message: "An internal error occurred. The server's process ended 3 times while it read this file.",
  })
  assert.equal((await staged.settled(await lost(40, 1))).status, 'completed')
})

test('no more is taken than there are places and room for, but one of any size', async () => {
  let now = 0
  let most = 0
  const held = new Set<() => void>()
  await using staged = await stage({
    files: 3,
    bytes: 100,
    extractor: (real) => ({
      ...real,
      async extractChunks(...given) {
        most = Math.max(most, ++now)
        await new Promise<void>((go) => held.add(go))
        now--
        return real.extractChunks(...given)
      },
    }),
  })
  const ids = []
  for (let number = 0; number < 5; number++) ids.push(await staged.add(`${number} ${'x'.repeat(38)}`))
  ids.push(await staged.add('y'.repeat(500)))
  const pump = setInterval(() => {
    for (const go of held) go()
    held.clear()
  }, 20)
  for (const id of ids) assert.equal((await staged.settled(id)).status, 'completed')
  clearInterval(pump)
  assert.equal(most, 2, 'forty bytes each, and a hundred in all')
})

test('work on a store that is deleted ends, and leaves nothing', async () => {
  let entered = () => {}
  const inside = new Promise<void>((resolve) => (entered = resolve))
  let aborted = false
  await using staged = await stage({
    extractor: (real) => ({
      ...real,
      extractChunks: (_file, _size, { signal }) =>
        new Promise((_, reject) => {
          entered()
          signal.addEventListener('abort', () => {
            aborted = true
            reject(signal.reason)
          })
        }),
    }),
  })
  const id = await staged.add('Long')
  await inside
  await staged.db.write((tx) => deleteVectorStore(tx, project, staged.storeId))
  staged.signals.raise(filesWithdrawn)
  while (!aborted) await sleep(5)
  assert.equal((await staged.look(id)).status, 'cancelled')
})
