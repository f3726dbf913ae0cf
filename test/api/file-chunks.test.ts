import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toFile } from 'openai'
import type { VectorStoreFileChunk, VectorStoreFilePage } from '../../src/contract/vector-store-chunks.ts'
import { raw, refused } from '../raw.ts'
import { executeSql } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let storeId: string
/** A long text in which the same line comes again and again, with letters outside of the basic plane. */
const long = Array.from(
  { length: 3_000 },
  (_, n) => `The same line about whales 🐋 again.${n % 50 === 0 ? ` Only here: ${n}.\n` : ''}`,
).join('\n')
let longFile: string
let slides: string
before(async () => {
  server = await startTestServer()
  storeId = (await server.client.vectorStores.create({})).id
  const add = async (name: string, text: string) => {
    const file = await toFile(Buffer.from(text), name)
    const { id, status } = await server.client.vectorStores.files.uploadAndPoll(storeId, file)
    assert.equal(status, 'completed')
    return id
  }
  longFile = await add('long.txt', long)
  slides = await add('pages.pdf', pdf(['First page.', 'Second page with a whale.', 'Third page.']))
})
after(() => server[Symbol.asyncDispose]())

/** Without a table of the positions of its objects, for which readers then search. */
function pdf(pages: string[]): string {
  const kids = pages.map((_, at) => `${4 + at * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((text, at) => {
      const drawn = `BT /F 12 Tf 72 700 Td (${text}) Tj ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + at * 2} 0 R /Resources << /Font << /F 3 0 R >> >> >>`,
        `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
      ]
    }),
  ]
  const body = objects.map((one, at) => `${at + 1} 0 obj\n${one}\nendobj\n`).join('')
  return `%PDF-1.4\n${body}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n9\n%%EOF\n`
}

interface List<T> {
  data: T[]
  has_more: boolean
  first_id: string | null
  last_id: string | null
}
const list = <T>(file: string, what: 'chunks' | 'pages', query: Record<string, unknown> = {}) =>
  server.client.get<List<T>>(`/vector_stores/${storeId}/files/${file}/${what}`, { query })
const chunksOf = async (file: string) =>
  (await list<VectorStoreFileChunk>(file, 'chunks', { limit: 100 })).data
const pagesOf = async (file: string) => (await list<VectorStoreFilePage>(file, 'pages', { limit: 100 })).data
const textOf = async (file: string) => {
  const content = await server.client.vectorStores.files.content(file, { vector_store_id: storeId })
  return content.data.map(({ text }) => text).join('')
}

test('chunks say where they are in the text of the file', async () => {
  const [chunks, text] = [await chunksOf(longFile), await textOf(longFile)]
  assert.ok(chunks.length > 10)
  const fields = 'id object index text tokens start end page_start page_end'
  assert.equal(Object.keys(chunks[0] ?? {}).join(' '), fields)
  for (const [index, chunk] of chunks.entries()) {
    assert.equal(chunk.index, index)
    assert.equal(chunk.object, 'vector_store.file.chunk')
    assert.equal(text.slice(chunk.start ?? -1, chunk.end ?? -1), chunk.text)
    assert.ok((chunk.start ?? 0) > (chunks[index - 1]?.start ?? -1), 'each begins after the one before')
    assert.ok((chunk.start ?? 0) <= (chunks[index - 1]?.end ?? 0) + 2, 'and nothing is left out')
  }
  assert.equal(chunks.at(-1)?.end, text.length)
  assert.ok(chunks.every(({ page_start, page_end }) => page_start === null && page_end === null))
})

test('the place of a chunk that an older version has cut is looked for', async () => {
  const [given] = await chunksOf(slides)
  await executeSql(server, 'update chunks set text_start = null where file_id = ?', slides)
  assert.deepEqual(await chunksOf(slides), [given])
})

test('the pages of a file are the text that search saw', async () => {
  const [pages, text] = [await pagesOf(longFile), await textOf(longFile)]
  assert.equal(pages.map((page) => page.text).join(''), text)
  assert.ok(pages.length > 3)
  for (const page of pages) {
    assert.deepEqual([page.object, page.page], ['vector_store.file.page', null])
    assert.equal(text.slice(page.start, page.end), page.text)
    assert.ok(page.text.length <= 20_000 && page.text.isWellFormed())
  }
})

test('pages that a file has keep their numbers, and its chunks say on which they are', async () => {
  const [pages, text] = [await pagesOf(slides), await textOf(slides)]
  assert.deepEqual(
    pages.map((page) => [page.page, page.text.trim()]),
    [
      [1, 'First page.'],
      [2, 'Second page with a whale.'],
      [3, 'Third page.'],
    ],
  )
  assert.ok(pages.every(({ start, end, text: own }) => text.slice(start, end) === own))
  const [chunk] = await chunksOf(slides)
  assert.deepEqual([chunk?.page_start, chunk?.page_end], [1, 3])
})

test('text without lines is cut into pieces too, and no character in two', async () => {
  const file = await toFile(Buffer.from(`x${'🐋'.repeat(30_000)}`), 'whales.txt')
  const { id } = await server.client.vectorStores.files.uploadAndPoll(storeId, file)
  const pages = await pagesOf(id)
  assert.ok(pages.length > 2 && pages.every(({ text }) => text.isWellFormed()))
  assert.equal(pages.map(({ text }) => text).join(''), await textOf(id))
})

test('chunks and pages are read in pages of the list', async () => {
  for (const what of ['chunks', 'pages'] as const) {
    const all = (await list<{ id: string }>(longFile, what, { limit: 100 })).data.map(({ id }) => id)
    const ids = async (query: Record<string, unknown>) =>
      (await list<{ id: string }>(longFile, what, query)).data.map(({ id }) => id)
    assert.deepEqual(await ids({ limit: 2 }), all.slice(0, 2))
    assert.deepEqual(await ids({ limit: 2, after: all[1] }), all.slice(2, 4))
    assert.deepEqual(await ids({ limit: 1, before: all[2] }), all.slice(1, 2))
    assert.deepEqual(await ids({ limit: 2, order: 'desc' }), all.toReversed().slice(0, 2))
    assert.deepEqual(await ids({ after: all[0], before: all[3] }), all.slice(1, 3))
    assert.equal((await list(longFile, what, { limit: all.length })).has_more, false)
    assert.equal((await list(longFile, what, { limit: all.length - 1 })).has_more, true)
    const path = `/v1/vector_stores/${storeId}/files/${longFile}/${what}`
    refused(
      await raw(server, 'GET', `${path}?after=nothing`),
      400,
      `No ${what.slice(0, -1)} found with id 'nothing'.`,
      { param: 'after' },
    )
    refused(await raw(server, 'GET', `${path}?page=1`), 400, "Unknown parameter: 'page'.", {
      param: 'page',
      code: 'unknown_parameter',
    })
  }
})

test('a file that is not in the store has neither', async () => {
  for (const what of ['chunks', 'pages']) {
    for (const path of [`${storeId}/files/file-unknown`, `vs_unknown/files/${longFile}`]) {
      assert.equal((await raw(server, 'GET', `/v1/vector_stores/${path}/${what}`)).status, 404)
    }
  }
})

test('a result of a search says which chunk it is and where it stands, when that is asked for', async () => {
  const [found] = (
    await server.client.post<{
      data: { file_id: string; explain: { chunk_id: string; start: number; end: number } }[]
    }>(`/vector_stores/${storeId}/search`, { body: { query: 'Only here: 1050', explain: true } })
  ).data
  const { explain, file_id } = found ?? assert.fail()
  const chunk = (await chunksOf(file_id)).find(({ id }) => id === explain.chunk_id)
  assert.deepEqual([chunk?.start, chunk?.end], [explain.start, explain.end])
})
