import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMadeStores } from '../../bench/retrieval/made-store.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { keepEmbedded } from './embed-store.ts'

/** The pauses after an embedder that always fails with this error, and the events that the log has of it. */
async function restsAfter(failure: Error, times: number) {
  await using stores = await openMadeStores()
  await stores.add('vs', [{ id: 'file-a', texts: ['A chunk without a vector.'] }])
  const { db } = stores
  const stop = new AbortController()
  const rests: number[] = []
  const logged: string[] = []
  const embedder: Embedder = {
    name: 'fake',
    dimensions: 3,
    maxBatch: 10,
    embed: async () => {
      throw failure
    },
  }
  await keepEmbedded({ db, embedder, log: (_level, fact) => logged.push(fact) }, stop.signal, async (ms) => {
    if (rests.push(ms) === times) stop.abort()
  })
  return { rests, logged }
}

test('an embedder that is down is asked again after longer and longer rests, and the log says it once', async () => {
  const { rests, logged } = await restsAfter(new EmbeddingFailure('lab answered 503', true), 7)
  assert.deepEqual(rests, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  assert.deepEqual(logged, ['chunks_not_embedded'])
})

test('an embedder that refuses the key is asked again too, less and less often', async () => {
  const { rests } = await restsAfter(new EmbeddingFailure('lab answered 401', false), 12)
  assert.deepEqual(rests.slice(-3), [512_000, 600_000, 600_000])
})

test('a text that the embedder will not have is not sent again', async () => {
  const { rests } = await restsAfter(new EmbeddingFailure('lab answered 400', false, true), 1)
  assert.deepEqual(rests, [])
})
