import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { gatherTexts } from './gather-texts.ts'

const never = new AbortController().signal

/** An embedder whose requests wait until the test answers them. The vector of a text is its length. */
function held(maxBatch = 4) {
  const requests: { texts: string[]; signal: AbortSignal; answer: () => void }[] = []
  const embedder: Embedder = {
    name: 'test/lengths',
    dimensions: 1,
    maxBatch,
    embed: (texts, _kind, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        requests.push({
          texts,
          signal,
          answer: () =>
            texts.includes('bad')
              ? reject(new EmbeddingFailure('no such text', false))
              : resolve(texts.map((text) => Float32Array.from([text.length]))),
        })
      }),
  }
  return { requests, gathered: gatherTexts(embedder) }
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
const sent = ({ requests }: ReturnType<typeof held>) => requests.map(({ texts }) => texts)

test('texts that come while a request is on its way go together, as many as a request may have', async () => {
  const s = held()
  const calls = [s.gathered.embed(['first'], 'document', never)]
  await turn()
  for (const text of ['a', 'bb', 'ccc', 'dddd', 'eeeee'])
    calls.push(s.gathered.embed([text], 'document', never))
  await turn()
  assert.deepEqual(
    sent(s),
    [['first'], ['a', 'bb', 'ccc', 'dddd']],
    'a full one goes at once, the rest waits',
  )
  s.requests[1]?.answer()
  s.requests[0]?.answer()
  await turn()
  assert.deepEqual(sent(s).at(-1), ['eeeee'])
  s.requests[2]?.answer()
  const vectors = await Promise.all(calls)
  assert.deepEqual(
    vectors.map(([vector]) => vector?.[0]),
    [5, 1, 2, 3, 4, 5],
  )
})

test('a caller with many texts shares each request with the others, and gets its vectors in order', async () => {
  const s = held()
  const book = s.gathered.embed(['1', '22', '333', '4444', '55555', '666666'], 'document', never)
  const note = s.gathered.embed(['note'], 'document', never)
  await turn()
  assert.deepEqual(sent(s)[0], ['1', '22', 'note', '333'])
  s.requests[0]?.answer()
  assert.deepEqual(
    (await note).map(([length]) => length),
    [4],
  )
  await turn()
  s.requests[1]?.answer()
  assert.deepEqual(
    (await book).map(([length]) => length),
    [1, 2, 3, 4, 5, 6],
  )
})

test('a text that is refused is the failure of its caller only', async () => {
  const s = held()
  const calls = ['good', 'bad', 'fine'].map((text) => s.gathered.embed([text], 'document', never))
  const outcome = Promise.allSettled(calls)
  for (let request = 0; request < 4; request++) {
    await turn()
    s.requests[request]?.answer()
  }
  assert.deepEqual(
    (await outcome).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('a caller that leaves is let go at once; a request that nobody waits for any more is broken off', async () => {
  const s = held()
  const leaving = [new AbortController(), new AbortController()]
  const outcome = Promise.allSettled(
    leaving.map(({ signal }, at) => s.gathered.embed([`${at}`], 'document', signal)),
  )
  await turn()
  leaving[0]?.abort()
  await turn()
  assert.equal(s.requests[0]?.signal.aborted, false)
  leaving[1]?.abort()
  assert.deepEqual(
    (await outcome).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(s.requests[0]?.signal.aborted, true)
})

test('a query waits for nobody', async () => {
  const s = held()
  void s.gathered.embed(['document'], 'document', never)
  await turn()
  const query = s.gathered.embed(['query'], 'query', never)
  assert.deepEqual(sent(s), [['document'], ['query']])
  s.requests[1]?.answer()
  assert.deepEqual(
    (await query).map(([length]) => length),
    [5],
  )
})
