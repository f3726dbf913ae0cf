import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openMadeStores } from '../../bench/retrieval/made-store.ts'
import { noLog } from '../common/log.ts'
import { insertVectors, spaceOf } from '../store/embeddings.ts'
import { embedMissing } from './embed-store.ts'
import { toUnitLength, type Embedder } from './embedder.ts'
import { openVectors } from './vectors.ts'

/** Words with the same meaning have the same direction. All other words share the last direction. */
const meanings: Record<string, number> = { car: 0, automobile: 0, fruit: 1, banana: 1, song: 2, melody: 2 }

function fakeEmbedder(name: string, dimensions = 8): Embedder & { texts: string[] } {
  const texts: string[] = []
  return {
    name,
    dimensions,
    maxBatch: 3,
    texts,
    async embed(given) {
      texts.push(...given)
      return given.map((text) => {
        const vector = new Float32Array(dimensions).fill(0.01)
        for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
          const at = meanings[word] ?? dimensions - 1
          vector[at] = (vector[at] ?? 0) + (at === dimensions - 1 ? 0.1 : 1)
        }
        return toUnitLength(vector)
      })
    },
  }
}

const signal = new AbortController().signal
const corpus = [
  { id: 'file-car', filename: 'a.txt', texts: ['The automobile was red.'], attributes: { kind: 'thing' } },
  { id: 'file-fruit', filename: 'b.txt', texts: ['A banana is yellow.'], attributes: { kind: 'food' } },
  { id: 'file-song', filename: 'c.txt', texts: ['The melody was long.'], attributes: { kind: 'thing' } },
]

async function openEmbedded(embedder: Embedder) {
  const stores = await openMadeStores()
  const vectors = openVectors({ file: stores.file }, { idleMs: 50 })
  await stores.add('vs_a', corpus)
  await embedMissing({ db: stores.db, embedder, log: noLog }, signal)
  return {
    ...stores,
    vectors,
    find: async (query: string, more = {}) =>
      (await stores.search({ queries: [query], ...more }, { vectors, embedder })).map(
        ({ file_id }) => file_id,
      ),
    async [Symbol.asyncDispose]() {
      await vectors[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
    },
  }
}

suite('a search by vectors', () => {
  test('finds what is said in other words, and by words alone does not', async () => {
    const embedder = fakeEmbedder('fake/a')
    await using stores = await openEmbedded(embedder)
    assert.equal((await stores.find('car'))[0], 'file-car')
    const [best] = await stores.search({ queries: ['car'] }, { vectors: stores.vectors, embedder })
    assert.ok(best && (best.explain.dense ?? 0) > 0.9 && best.score <= 1)
    assert.deepEqual(await stores.search({ queries: ['car'] }), [])
    assert.deepEqual(await stores.find('car', { weights: { text: 1, embedding: 0 } }), [])
  })

  test('keeps to filters, and sees what comes and goes', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    const filter = { type: 'eq', key: 'kind', value: 'food' }
    assert.deepEqual(await stores.find('car', { filter }), ['file-fruit'])
    await stores.add('vs_a', [{ id: 'file-new', texts: ['Another automobile.'] }])
    await embedMissing({ db: stores.db, embedder: fakeEmbedder('fake/a'), log: noLog }, signal)
    assert.deepEqual((await stores.find('car')).slice(0, 2).toSorted(), ['file-car', 'file-new'])
    await stores.db.write((tx) => tx.run("delete from vector_store_files where id = 'file-car'"))
    assert.ok(!(await stores.find('car')).includes('file-car'))
  })

  test('weighs words against vectors as asked', async () => {
    const embedder = fakeEmbedder('fake/a')
    await using stores = await openEmbedded(embedder)
    await stores.add('vs_a', [
      { id: 'file-word', filename: 'd.txt', texts: ['Nothing but a car park, asphalt.'] },
    ])
    await embedMissing({ db: stores.db, embedder, log: noLog }, signal)
    const weights = (text: number, embedding: number) => ({ weights: { text, embedding } })
    assert.equal((await stores.find('fruit asphalt', weights(9, 1)))[0], 'file-word')
    assert.deepEqual((await stores.find('fruit asphalt', weights(0, 1)))[0], 'file-fruit')
  })

  test('goes on by words when the model or the vectors cannot be asked, and says so', async () => {
    const embedder = fakeEmbedder('fake/a')
    await using stores = await openEmbedded(embedder)
    const down: Embedder = { ...embedder, embed: () => Promise.reject(new Error('down')) }
    const lost = { search: () => Promise.reject(new Error('lost')), [Symbol.asyncDispose]: async () => {} }
    const weights = { text: 0, embedding: 1 }
    for (const parts of [
      { vectors: stores.vectors, embedder: down },
      { vectors: lost, embedder },
    ]) {
      const { results, warnings } = await stores.searchWithWarnings(
        { queries: ['banana', 'melody'], weights },
        parts,
      )
      assert.deepEqual(results.map(({ file_id }) => file_id).toSorted(), ['file-fruit', 'file-song'])
      assert.ok(results.every(({ explain }) => explain.dense === null))
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['embedding_unavailable'],
      )
    }
  })

  test('says nothing where nothing is missing, or where vectors were not wanted', async () => {
    const embedder = fakeEmbedder('fake/a')
    await using stores = await openEmbedded(embedder)
    const down: Embedder = { ...embedder, embed: () => Promise.reject(new Error('down')) }
    const both = { vectors: stores.vectors, embedder }
    const outcomes = [
      await stores.searchWithWarnings({ queries: ['banana'] }, both),
      await stores.searchWithWarnings({ queries: ['banana'] }),
      await stores.searchWithWarnings(
        { queries: ['banana'], weights: { text: 1, embedding: 0 } },
        { ...both, embedder: down },
      ),
      await stores.searchWithWarnings({ queries: ['banana'], stores: [{ id: 'vs_none' }] }, both),
    ]
    for (const { warnings } of outcomes) assert.deepEqual(warnings, [])
  })

  test('keeps its order when the reranker cannot be asked, and says so', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    const reranker = { name: 'r', rerank: () => Promise.reject(new Error('down')) }
    const plain = await stores.search({ queries: ['banana melody'] })
    const { results, warnings } = await stores.searchWithWarnings(
      { queries: ['banana melody'] },
      { reranker },
    )
    assert.deepEqual(results, plain)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['reranker_unavailable'],
    )
  })

  test('ends its thread when nobody searches, and starts it again', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    assert.equal((await stores.find('car'))[0], 'file-car')
    await new Promise((resolve) => setTimeout(resolve, 120))
    assert.equal((await stores.find('song'))[0], 'file-song')
  })

  test('reads a store that does not fit into memory every time', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    await using small = openVectors({ file: stores.file }, { bytes: 10 })
    for (let times = 0; times < 2; times++) {
      const found = await stores.search(
        { queries: ['car'] },
        { vectors: small, embedder: fakeEmbedder('fake/a') },
      )
      assert.equal(found[0]?.file_id, 'file-car')
    }
  })
})

suite('spaces', () => {
  test('never mix: a store is not searched by vectors of another model', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    const other = fakeEmbedder('fake/b', 16)
    const before = await stores.searchWithWarnings(
      { queries: ['banana'] },
      { vectors: stores.vectors, embedder: other },
    )
    assert.ok(before.results.every(({ explain }) => explain.dense === null))
    assert.deepEqual(
      before.warnings.map(({ code }) => code),
      ['embeddings_incomplete'],
    )
    assert.deepEqual(other.texts, [])

    await embedMissing({ db: stores.db, embedder: other, log: noLog }, signal)
    assert.deepEqual({ ...(await spaceOf(stores.db, 'vs_a')) }, { model: 'fake/b', dimensions: 16 })
    const after = await stores.search({ queries: ['car'] }, { vectors: stores.vectors, embedder: other })
    assert.equal(after[0]?.file_id, 'file-car')
    const models = await stores.db.all('select distinct model from chunk_vectors')
    assert.deepEqual(
      models.map((row) => ({ ...(row as object) })),
      [{ model: 'fake/b' }],
    )
  })

  test('refuse a vector of another length', async () => {
    await using stores = await openEmbedded(fakeEmbedder('fake/a'))
    const chunk = await stores.db.get<{ id: number }>('select id from chunks limit 1')
    await assert.rejects(
      stores.db.write((tx) =>
        insertVectors(tx, 'vs_a', 'fake/a', [{ chunk_id: chunk?.id ?? 0, vector: new Float32Array(9) }]),
      ),
      /has not 8 dimensions/,
    )
  })

  test('cost nothing twice: the same text is embedded once', async () => {
    const embedder = fakeEmbedder('fake/a')
    await using stores = await openEmbedded(embedder)
    assert.equal(embedder.texts.length, 3)
    await stores.add(
      'vs_b',
      corpus.map((file) => ({ ...file, id: `${file.id}-again` })),
    )
    await embedMissing({ db: stores.db, embedder, log: noLog }, signal)
    assert.equal(embedder.texts.length, 3)
    await stores.add(
      'vs_c',
      corpus.map((file) => ({ ...file, id: `${file.id}-theirs` })),
      { project: 'proj_theirs' },
    )
    await embedMissing({ db: stores.db, embedder, log: noLog }, signal)
    assert.equal(embedder.texts.length, 6, 'another project has it embedded for itself')
  })
})
