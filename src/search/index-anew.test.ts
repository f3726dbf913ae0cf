import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMadeStores, type MadeFile } from '../../bench/retrieval/made-store.ts'
import { noLog } from '../common/log.ts'
import { encodePostings } from '../store/text-index/postings.ts'
import type { NewChunks } from '../store/chunks.ts'
import { analyze } from './analyze.ts'
import { indexAnew } from './index-anew.ts'
import type { Prepare } from './index-file.ts'
import { prepareChunks } from './prepare-chunks.ts'

const signal = new AbortController().signal
const prepare: Prepare = async (filename, chunks) => prepareChunks(filename, chunks)

/** The result of the first version of the analyzer for a file. Its name in the index is the language only. */
const preparedOnce =
  (language: string) =>
  (prepared: NewChunks): NewChunks => {
    const found = prepared.chunks.map(({ text }) => analyze(text, language).terms)
    const terms = [...new Set(found.flat())].toSorted()
    const postings = terms.map((term): [string, Uint8Array] => [
      term,
      encodePostings(
        found.flatMap((own, ord) => {
          const count = own.filter((one) => one === term).length
          return count > 0 ? [{ ord, count }] : []
        }),
      ),
    ])
    const chunks = prepared.chunks.map((chunk, at) => ({ ...chunk, terms: found[at]?.length ?? 0 }))
    return { ...prepared, chunks, postings: new Map(postings), analyzer: language }
  }

const russian: MadeFile[] = [
  {
    id: 'file-hedgehog',
    texts: ['Ёжик живёт в лесу, и он не спит.', 'Пчёлы летают, и это всё, что они делают.'],
  },
  { id: 'file-bear', texts: ['Медведь спит в берлоге, и он не один.'] },
]
const chinese: MadeFile[] = Array.from({ length: 20 }, (_, at) => ({
  id: `file-zh-${at}`,
  texts: [at === 7 ? '我家的猫喜欢吃鱼。' : `第${at}章讲述公司的历史。`],
}))

async function openOutdated() {
  const stores = await openMadeStores()
  await stores.add('vs_ru', russian, { prepared: preparedOnce('english') })
  for (const file of chinese) await stores.add('vs_zh', [file], { prepared: preparedOnce('english') })
  const find = async (store: string, query: string) =>
    (await stores.search({ queries: [query], stores: [{ id: store }] })).map(({ file_id }) => file_id)
  const analyzers = async () =>
    (await stores.db.all<{ languages: string }>('select distinct languages from text_segments')).map(
      ({ languages }) => languages,
    )
  return { ...stores, find, analyzers }
}

test('a store of an earlier version is searched by the words that it has', async () => {
  await using stores = await openOutdated()
  assert.deepEqual(await stores.find('vs_ru', 'медведь'), ['file-bear'])
  assert.deepEqual(await stores.find('vs_ru', 'ёжик'), ['file-hedgehog'])
  assert.deepEqual(await stores.find('vs_ru', 'ежик'), [])
  assert.deepEqual(await stores.find('vs_zh', '喜欢吃鱼'), ['file-zh-7'])
  // A file that is added now is found by the new terms, while the other files still have the old ones.
  await stores.add('vs_ru', [
    { id: 'file-new', texts: ['Ещё один ёжик, и он тоже не спит, потому что это не его лес.'] },
  ])
  assert.deepEqual(await stores.find('vs_ru', 'ежик'), ['file-new'])
  assert.deepEqual((await stores.find('vs_ru', 'ёжик')).toSorted(), ['file-hedgehog', 'file-new'])
})

test('it is indexed anew with the same chunks, and then finds what the new words find', async () => {
  await using stores = await openOutdated()
  assert.deepEqual(await stores.find('vs_zh', '猫'), [])
  const before = await stores.db.all('select id, file_id, ord, text from chunks order by id')
  assert.ok((await indexAnew({ db: stores.db, prepare, log: noLog }, signal)) > 0)
  assert.deepEqual(await stores.db.all('select id, file_id, ord, text from chunks order by id'), before)
  assert.deepEqual((await stores.analyzers()).toSorted(), ['["english.4"]', '["russian.4"]'])
  assert.deepEqual(await stores.find('vs_ru', 'ежик'), ['file-hedgehog'])
  assert.deepEqual(await stores.find('vs_ru', 'пчелы'), ['file-hedgehog'])
  assert.deepEqual(await stores.find('vs_zh', '猫'), ['file-zh-7'])
  assert.equal(await indexAnew({ db: stores.db, prepare, log: noLog }, signal), 0)

  await using fresh = await openMadeStores()
  await fresh.add('vs_ru', russian)
  const scores = async (of: { search: typeof fresh.search }) =>
    (await of.search({ queries: ['ёжик и медведи в лесу'], stores: [{ id: 'vs_ru' }] })).map(
      ({ text, score }) => ({ text, score }),
    )
  assert.deepEqual(await scores(stores), await scores(fresh))
})

test('files that come and go meanwhile are neither lost nor brought back', async () => {
  await using stores = await openOutdated()
  let calls = 0
  const interrupted: Prepare = async (filename, chunks) => {
    if (calls++ === 0) {
      await stores.db.write((tx) => tx.run("delete from vector_store_files where id = 'file-bear'"))
      await stores.add('vs_ru', [{ id: 'file-late', texts: ['Поздний ёжик, и он не спит.'] }])
    }
    return prepareChunks(filename, chunks)
  }
  await indexAnew({ db: stores.db, prepare: interrupted, log: noLog }, signal)
  assert.deepEqual(await stores.find('vs_ru', 'медведь'), [])
  assert.deepEqual((await stores.find('vs_ru', 'ежик')).toSorted(), ['file-hedgehog', 'file-late'])
  await stores.db.write((tx) => tx.run('delete from vector_stores'))
  assert.deepEqual(await stores.analyzers(), [])
})
