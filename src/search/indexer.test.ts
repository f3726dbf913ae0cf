import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { toVectorStoreFile, type FileProgress } from '../contract/vector-store-files.ts'
import { newVectorStoreId } from '../common/ids.ts'
import { filesWithdrawn, vectorsMissing } from '../store/signals.ts'
import { deleteVectorStore } from '../store/vector-stores.ts'
import { embedMissing } from './embed-store.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { ExtractionFailure } from './extract/extracted.ts'
import { gatherTexts } from './gather-texts.ts'
import { embedder, project, createIndexerFixture, vectors } from './indexer-fixture.test.ts'

test('a file is indexed by its words while the embedding model cannot be asked, and its vectors follow', async () => {
  for (const retryable of [true, false]) await indexedByWords(retryable)
})

async function indexedByWords(retryable: boolean) {
  let isDown = true
  const model = embedder((texts) => {
    if (isDown) throw new EmbeddingFailure('it cannot be asked', retryable)
    return vectors(texts)
  })
  await using staged = await createIndexerFixture({ embedder: model })
  let missing = 0
  staged.signals.on(vectorsMissing, () => missing++)
  const file = await staged.settled(await staged.add('Some text'))
  assert.deepEqual([file.status, file.last_error, file.tries], ['completed', null, 0])
  const count = async (table: string) =>
    (await staged.db.get<{ n: number }>(`select count(*) as n from ${table}`))?.n
  assert.deepEqual([await count('chunks'), await count('chunk_vectors')], [1, 0])
  while (missing === 0) await sleep(5)
  isDown = false
  const deps = { db: staged.db, embedder: model, log: () => {} }
  assert.equal(await embedMissing(deps, new AbortController().signal), 1)
  assert.equal(await count('chunk_vectors'), 1)
}

test('a text that the embedding model refuses holds up the vectors of its own store only', async () => {
  let isDown = true
  const model = embedder((texts) => {
    if (isDown) throw new EmbeddingFailure('it cannot be asked', true)
    if (texts.includes('Bad')) throw new EmbeddingFailure('400', false, true)
    return vectors(texts)
  })
  await using staged = await createIndexerFixture({ embedder: model })
  await staged.settled(await staged.add('Bad'))
  const other = newVectorStoreId()
  await staged.addStore(other)
  await staged.settled(await staged.add('Good', 'good.txt', other), other)
  isDown = false
  const deps = { db: staged.db, embedder: model, log: () => {} }
  await assert.rejects(embedMissing(deps, new AbortController().signal), /400/)
  const count = await staged.db.get<{ n: number }>('select count(*) as n from chunk_vectors')
  assert.equal(count?.n, 1)
})

test('a text that the embedding model refuses is not asked for again: the file fails and says why', async () => {
  await using staged = await createIndexerFixture({
    embedder: embedder(() => {
      throw new EmbeddingFailure('400', false, true)
    }),
  })
  const file = await staged.settled(await staged.add('Some text'))
  assert.deepEqual(file.last_error, {
    code: 'server_error',
    message: 'An internal error occurred. The embedding model refused the text of the file.',
  })
  assert.equal(file.status, 'failed')
})

test('the same bytes cost one reading and one embedding, also at the same time', async () => {
  let read = 0
  const texts: string[] = []
  await using staged = await createIndexerFixture({
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
  await using staged = await createIndexerFixture({
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
  await using staged = await createIndexerFixture({
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

test('a file says whether it is read or cut, and while it waits for another try, why the last one ended', async () => {
  let go = () => {}
  let tries = 0
  await using staged = await createIndexerFixture({
    extractor: (real) => ({
      ...real,
      async extractChunks(file, size, turn) {
        for (const stage of ['reading', 'cutting'] as const) {
          turn.begins?.(stage)
          await new Promise<void>((resolve) => (go = resolve))
        }
        if (++tries === 1)
          throw new ExtractionFailure('server_error', 'An internal error occurred. The thread ended.')
        return real.extractChunks(file, size, turn)
      },
    }),
  })
  const id = await staged.add('Slow')
  const shows = async (stage: FileProgress['stage'], about: Partial<FileProgress>) => {
    for (;;) {
      const { progress } = toVectorStoreFile(await staged.look(id))
      if (progress?.stage === stage) return assert.partialDeepStrictEqual(progress, about)
      await sleep(10)
    }
  }
  await shows('reading', { tries: 0, reason: null, chunks: null, retry_at: null })
  go()
  await shows('cutting', { tries: 0 })
  go()
  const reason = 'An internal error occurred. The thread ended.'
  await shows('waiting', { tries: 1, reason })
  await shows('reading', { tries: 1, reason })
  go()
  await shows('cutting', { tries: 1, reason })
  go()
  assert.equal(toVectorStoreFile(await staged.settled(id)).progress, undefined)
})

test('a file whose process ended again and again while nothing else was there is given up; others are not', async () => {
  await using staged = await createIndexerFixture()
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
  await using staged = await createIndexerFixture({
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
  await using staged = await createIndexerFixture({
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
