import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultChunking } from '../../contract/chunking-strategy.ts'
import type { FileSearchResult } from '../../contract/run-steps.ts'
import { openSqlite } from '../../store/sqlite/sqlite.ts'
import type { Database, Transaction } from '../../store/database.ts'
import { insertFile } from '../../store/files.ts'
import { completeFile } from '../../store/indexing-jobs.ts'
import { migrateSqlite } from '../../store/sqlite/migrate.ts'
import { filesAwaited } from '../../store/signals.ts'
import { attachFile, getVectorStoreFile } from '../../store/vector-store-files.ts'
import { insertVectorStore } from '../../store/vector-stores.ts'
import type { EndedCall, ToolContext } from '../tool.ts'
import type { FileSearchDetails } from './call.ts'
import type { SearchForRun } from './run-search.ts'
import { createFileSearch } from './tool.ts'

const result = (file_name: string, text: string): FileSearchResult => ({
  file_id: `file-${file_name}`,
  file_name,
  score: 0.5,
  attributes: {},
  content: [{ type: 'text', text }],
})

/** Finds one passage for every query, which is the query itself. */
const echoSearch: SearchForRun = ({ queries }) =>
  Promise.resolve({
    passages: queries.map((text) => ({ result: result(`${text}.txt`, text), shown: text })),
    warnings: [],
  })

/** A database for what is counted, of which nothing is looked at. */
const withoutRows: Partial<Database> = {
  write: async (body) => body({ send: () => {} } as unknown as Transaction),
}

interface Given {
  db?: Database
  search?: SearchForRun
  settings?: object
  stores?: { assistant?: string[]; thread?: string[] }
  ended?: EndedCall<FileSearchDetails>[]
  contextWindow?: number
}

const openTool = ({
  db,
  search = echoSearch,
  settings,
  stores,
  ended = [],
  contextWindow = 100_000,
}: Given) =>
  createFileSearch({
    db: db ?? (withoutRows as Database),
    search,
    quote: ([text = '']) => ({ text, passage: 0, start: 0 }),
  }).open({
    project: 'p',
    model: 'm',
    contextWindow,
    requested: [{ type: 'file_search', ...(settings && { file_search: settings }) }],
    resources: {
      assistant: { vector_store_ids: stores?.assistant ?? ['vs_1'] },
      thread: { vector_store_ids: stores?.thread ?? [] },
    },
    ended,
  } as unknown as ToolContext<FileSearchDetails>)

async function searchFor(work: Awaited<ReturnType<typeof openTool>>, argumentsText: string) {
  const call = work.begin('file_search')
  call.settle(argumentsText)
  const outcome = await call.run(() => {}, new AbortController().signal)
  return { call, toolResult: 'toolResult' in outcome ? outcome.toolResult : '' }
}

const endedSearch = (results: FileSearchResult[]): EndedCall<FileSearchDetails> => ({
  id: 'call_1',
  details: { ranking_options: { ranker: 'auto', score_threshold: 0 }, results },
  toolResult: 'told',
  toolArguments: '{"queries":["x"]}',
})

test('a call shows how results are ranked, then what was found; its arguments are kept', async () => {
  const work = await openTool({ settings: { ranking_options: { score_threshold: 0.2 } } })
  const call = work.begin('file_search')
  assert.deepEqual(call.details, {
    ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0.2 },
    results: [],
  })
  assert.equal(call.argue('{"queries"'), undefined)
  assert.equal(call.settle('{"queries": ["leave"]}'), undefined)
  assert.equal(call.toolArguments, '{"queries": ["leave"]}')
  const outcome = await call.run(() => assert.fail('nothing is shown'), new AbortController().signal)
  assert.deepEqual(outcome, { toolResult: '【0:0†leave.txt】\nleave' })
  assert.deepEqual(call.details.results, [result('leave.txt', 'leave')])
})

test('markers go on from the searches of the run that are over, and cite those that are made since', async () => {
  const work = await openTool({ ended: [endedSearch([result('old.txt', 'old')])] })
  assert.equal(
    (await searchFor(work, '{}')).toolResult.slice(0, 44),
    "Error: the parameter 'queries' is missing. C",
  )
  assert.equal((await searchFor(work, '"new"')).toolResult, '【2:0†new.txt】\nnew')
  const cite = (search: number, name: string) =>
    work.sources?.citation?.({ search, result: 0, name, before: '' })?.file_id
  assert.equal(cite(0, 'old.txt'), 'file-old.txt')
  assert.equal(cite(1, 'new.txt'), undefined)
  assert.equal(cite(2, 'new.txt'), 'file-new.txt')
  assert.equal(cite(2, 'old.txt'), undefined)
})

test('half of the context window is for passages: those before count by their text, those of the same turn as told', async () => {
  const rooms: number[] = []
  const search: SearchForRun = (query, signal) => {
    rooms.push(query.maxTokens)
    return echoSearch(query, signal)
  }
  const ended = [endedSearch([result('old.txt', 'x'.repeat(400))])]
  const work = await openTool({ search, ended, contextWindow: 2_000 })
  const calls = [work.begin('file_search'), work.begin('file_search')]
  for (const call of calls) call.settle(JSON.stringify('y'.repeat(40)))
  for (const call of calls) await call.run(() => {}, new AbortController().signal)
  await searchFor(work, '"z"')
  const asTold = Math.ceil(Buffer.byteLength(`【1:0†${'y'.repeat(40)}.txt】\n${'y'.repeat(40)}`) / 4)
  assert.deepEqual(rooms, [900, 900 - asTold, 900 - 10 - 10])
})

test('without a store nothing is searched', async () => {
  const search = () => assert.fail('nothing is searched')
  const work = await openTool({ search, stores: { assistant: [] } })
  await work.ready?.(new AbortController().signal)
  assert.equal(work.systemText?.(), '')
  assert.equal((await searchFor(work, '"a"')).toolResult, 'There are no files to search.')
})

test('a search that fails ends the run, and one that is stopped gives the reason and shows nothing', async () => {
  const work = await openTool({ search: () => Promise.reject(new Error('of the machine')) })
  await assert.rejects(searchFor(work, '"a"'), { name: 'ToolFailure', message: 'The file search failed.' })
  const stop = new AbortController()
  const stopping = await openTool({
    search: (query, signal) => {
      stop.abort(new Error('cancelled'))
      return echoSearch(query, signal)
    },
  })
  const call = stopping.begin('file_search')
  call.settle('"a"')
  await assert.rejects(
    call.run(() => {}, stop.signal),
    { message: 'cancelled' },
  )
  assert.deepEqual(call.details.results, [])
})

test('passages of earlier runs are not told again', async () => {
  const { replay } = createFileSearch({} as never)
  const ended = endedSearch([result('a.txt', 'a')])
  const asked = { name: 'file_search', arguments: '{"queries":["x"]}' }
  assert.deepEqual(replay(ended, true), { ...asked, result: 'told' })
  assert.deepEqual(replay(ended, false), { ...asked, result: '(1 passages, not repeated here)' })
  const untold = { ...ended, toolResult: undefined, toolArguments: undefined }
  assert.deepEqual(replay(untold, true), {
    name: 'file_search',
    arguments: '',
    result: JSON.stringify(ended.details.results),
  })
})

/** Opens a store for each name. Each store has one file that is not indexed yet. */
async function openStores(...names: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  migrateSqlite(file)
  const db = openSqlite(file)
  const body = {
    created_at: 1,
    name: null,
    description: null,
    expires_after: null,
    last_active_at: 1,
    metadata: {},
  }
  for (const name of names) {
    await db.write(async (tx) => {
      await insertVectorStore(tx, { id: name, project: 'p', expires_at: null, body })
      await insertFile(tx, {
        id: `file-${name}`,
        project: 'p',
        purpose: 'assistants',
        expires_at: null,
        body: { filename: `${name}.txt`, bytes: 1, sha256: name, created_at: 1, status: 'processed' },
      })
      const place = { project: 'p', vector_store_id: name, batch_id: null }
      const file = {
        file_id: `file-${name}`,
        attributes: {},
        chunking_strategy: defaultChunking,
      }
      await attachFile(tx, place, file, 1)
    })
  }
  return {
    db,
    /** Marks the file of the store as indexed. */
    async complete(name: string) {
      const held = await getVectorStoreFile(db, 'p', name, `file-${name}`)
      assert(held)
      await db.write((tx) => completeFile(tx, { seq: held.seq, attempt: 0 }, 1, []))
    },
    async [Symbol.asyncDispose]() {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('a run waits for the files of its thread, and not for those of its assistant', async () => {
  await using stores = await openStores('vs_a', 'vs_t')
  const work = await openTool({ db: stores.db, stores: { assistant: ['vs_a'], thread: ['vs_t'] } })
  const awaited: Promise<unknown>[] = []
  const off = stores.db.signals.on(filesAwaited, () => awaited.push(stores.complete('vs_t')))
  await work.ready?.(new AbortController().signal)
  off()
  assert.equal(awaited.length, 1)
  assert.equal(work.systemText?.(), 'Files for file_search: 1\n- "vs_t.txt"\n1 more are not ready yet.')
  assert.deepEqual(
    await work.waysToRead?.(['file-vs_t', 'file-vs_a', 'file-x']),
    new Map([
      ['file-vs_t', 'file_search reads it'],
      ['file-vs_a', 'file_search is not ready with it yet'],
      ['file-x', 'file_search does not have it'],
    ]),
  )
  await stores.complete('vs_a')
  await work.ready?.(new AbortController().signal)
  assert.equal(work.systemText?.(), 'Files for file_search: 2\n- "vs_a.txt"\n- "vs_t.txt"')
})

test('a run that is stopped while it waits gives the reason', async () => {
  await using stores = await openStores('vs_t')
  const work = await openTool({ db: stores.db, stores: { assistant: [], thread: ['vs_t'] } })
  const stop = new AbortController()
  const off = stores.db.signals.on(filesAwaited, () => stop.abort(new Error('cancelled')))
  await assert.rejects(async () => work.ready?.(stop.signal), { message: 'cancelled' })
  off()
})
