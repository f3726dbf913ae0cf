import { parseArgs } from 'node:util'
import { noLog } from '../../src/common/log.ts'
import { openLocalModel } from '../../src/sandbox/embedding/local-model.ts'
import { embedMissing } from '../../src/search/embed-store.ts'
import { localEmbedder } from '../../src/search/local-embedder.ts'
import type { Embedder } from '../../src/search/embedder.ts'
import { serverEmbedder } from '../../src/search/server-embedder.ts'
import { openVectors } from '../../src/search/vectors.ts'
import type { Collection } from './collection.ts'
import { sources } from './collections.ts'
import { openMadeStores } from './made-store.ts'
import { measure, published, type Quality } from './measure.ts'
import { measureSpeed } from './speed.ts'

const help = `node bench/retrieval/run.ts --dir <folder> [options] [collection ...]

  --dir <folder>      where the collections are; those that are not there are named with their source and skipped
  --data <folder>     measure vectors and hybrid as well, with the model that "threadmill setup" put into this data folder
  --base-url <url>    the same with a server of OpenAI's /embeddings (and --model-name, EMBEDDING_API_KEY)
  --model-name <name>
  --weights <t:e>     hybrid with these weights of words and vectors as well; may be given several times
  --tmp <folder>      where databases go
  --speed             how long searches take in stores of 5,000 and 100,000 chunks, and how much memory
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: 'string', default: '.' },
    data: { type: 'string' },
    'base-url': { type: 'string' },
    'model-name': { type: 'string', default: '' },
    weights: { type: 'string', multiple: true, default: [] },
    tmp: { type: 'string' },
    speed: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const signal = new AbortController().signal
const print = (line: string) => void process.stdout.write(`${line}\n`)

function openEmbedder(): Embedder | undefined {
  const local = values.data === undefined ? undefined : openLocalModel(values.data)
  if (local) return localEmbedder(local)
  if (values.data !== undefined) throw new Error(`${values.data} has no model: run "threadmill setup"`)
  const [baseUrl, model] = [values['base-url'], values['model-name']]
  if (!baseUrl) return undefined
  return serverEmbedder({ name: model, baseUrl, model, apiKey: process.env['EMBEDDING_API_KEY'] })
}

async function measureCollection(collection: Collection, embedder: Embedder | undefined) {
  await using stores = await openMadeStores(values.tmp)
  await using vectors = openVectors({ file: stores.file })
  const { documents } = collection
  const names = new Map(documents.map(({ id }, at) => [`file-${at}`, id]))
  for (let at = 0; at < documents.length; at += 200) {
    const part = documents.slice(at, at + 200)
    await stores.add(
      'vs_a',
      // A name that says nothing: these collections have none.
      part.map(({ text }, place) => ({ id: `file-${at + place}`, filename: 'document.txt', texts: [text] })),
    )
  }
  const find = (more: object, weights?: { text: number; embedding: number }) =>
    measure(collection, async (query) => {
      const results = await stores.search({ queries: [query], limit: 20, weights }, more)
      return results.map(({ file_id, score }) => ({ id: names.get(file_id) ?? '', score }))
    })
  const rows: [string, Quality][] = [['lexical', await find({})]]
  if (embedder) {
    const start = performance.now()
    const made = await embedMissing({ db: stores.db, embedder, log: noLog }, signal)
    print(`  ${made} vectors in ${Math.round((performance.now() - start) / 1000)} s`)
    const both = { vectors, embedder }
    rows.push(['vector', await find(both, { text: 0, embedding: 1 })])
    rows.push(['hybrid', await find(both)])
    for (const given of values.weights) {
      const [text = 1, embedding = 1] = given.split(':').map(Number)
      rows.push([`hybrid ${given}`, await find(both, { text, embedding })])
    }
  }
  return rows
}

function table(name: string, rows: [string, Quality][]): void {
  const line = (cells: string[]) => print(`| ${cells.join(' | ')} |`)
  const percent = (share: number) => `${Math.round(share * 100)}%`
  for (const [ranking, { ndcg, recall, recall20, kept, p50 }] of rows) {
    const shares = `${percent(kept.right)} / ${percent(kept.wrong)}`
    const values = [ndcg, recall, recall20].map((value) => value.toFixed(3))
    line([name, ranking, ...values, shares, `${p50.toFixed(1)} ms`])
  }
  const { bm25, minilm, fileSearch } = published[name] ?? {}
  const known = Object.entries({ BM25: bm25, 'MiniLM-L6': minilm, 'OpenAI file search': fileSearch })
  for (const [ranking, ndcg] of known)
    if (ndcg) line([name, `published: ${ranking}`, ndcg.toFixed(3), '', '', '', ''])
}

if (values.help) print(help)
else if (values.speed) await measureSpeed(print, values.tmp)
else {
  const embedder = openEmbedder()
  print('| collection | ranking | nDCG@10 | recall@10 | recall@20 | kept at .5, right / wrong | p50 |')
  print('| --- | --- | --- | --- | --- | --- | --- |')
  for (const source of sources) {
    if (positionals.length > 0 && !positionals.includes(source.name)) continue
    const collection = source.read(values.dir)
    if (collection) table(source.name, await measureCollection(collection, embedder))
    else print(`${source.name}: not there, skipped. From: ${source.from}`)
  }
  await embedder?.close?.()
}
