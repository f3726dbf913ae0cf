import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attributes } from '../../src/contract/attributes.ts'
import { noLog } from '../../src/common/log.ts'
import { prepareChunks, type ChunkText } from '../../src/search/prepare-chunks.ts'
import { searchChunks, type SearchDeps, type SearchRequest } from '../../src/search/search-chunks.ts'
import { openStoreViews } from '../../src/search/store-views.ts'
import { insertChunks, type NewChunks } from '../../src/store/chunks.ts'
import { openSqlite } from '../../src/store/sqlite/sqlite.ts'
import { type Transaction } from '../../src/store/database.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'

/** Files for a store; each text is a chunk. */
export interface MadeFile {
  id: string
  filename?: string
  attributes?: Attributes
  texts: (string | (Partial<ChunkText> & { text: string }))[]
}

/** A database in a folder of its own, with stores put into it past the API. For tests and measurements of search. */
export async function openMadeStores(parent = tmpdir()) {
  const folder = mkdtempSync(join(parent, 'threadmill-search-'))
  const file = join(folder, 'threadmill.db')
  migrateSqlite(file)
  const db = openSqlite(file)
  const views = openStoreViews(db)
  const deps: SearchDeps = { db, views, log: noLog }

  async function add(
    storeId: string,
    files: MadeFile[],
    { project = 'proj', prepared: remake = (made: NewChunks) => made } = {},
  ): Promise<number[][]> {
    const prepared = files.map((made) => ({
      made,
      ready: prepareChunks(
        made.filename ?? `${made.id}.txt`,
        made.texts.map((text) => ({
          tokens: 1,
          page_start: null,
          page_end: null,
          heading: null,
          ...(typeof text === 'string' ? { text } : text),
        })),
      ),
    }))
    return db.write(async (tx) => {
      await tx.run(
        "insert into vector_stores (id, project, body) values (?, ?, '{}') on conflict do nothing",
        storeId,
        project,
      )
      const ids: number[][] = []
      for (const { made, ready } of prepared) {
        await attach(tx, storeId, project, made)
        ids.push(await insertChunks(tx, { vector_store_id: storeId, file_id: made.id }, remake(ready)))
      }
      return ids
    })
  }

  type Searching = Partial<SearchRequest> & { queries: string[] }
  const searchWithWarnings = (request: Searching, more: Partial<SearchDeps> = {}) =>
    searchChunks(
      { ...deps, ...more },
      { project: 'proj', stores: [{ id: 'vs_a' }], limit: 10, ...request },
      new AbortController().signal,
    )

  return {
    db,
    file,
    deps,
    views,
    add,
    searchWithWarnings,
    search: async (request: Searching, more: Partial<SearchDeps> = {}) =>
      (await searchWithWarnings(request, more)).results,
    async [Symbol.asyncDispose]() {
      await views[Symbol.asyncDispose]()
      await db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function attach(tx: Transaction, storeId: string, project: string, made: MadeFile): Promise<void> {
  await tx.run(
    "insert into files (id, project, purpose, filename, body) values (?, ?, 'assistants', ?, '{}') on conflict do nothing",
    made.id,
    project,
    made.filename ?? `${made.id}.txt`,
  )
  await tx.run(
    `insert into vector_store_files (id, project, vector_store_id, status, created_at, attributes, chunking)
     values (?, ?, ?, 'completed', 0, ?, '{}') on conflict do nothing`,
    made.id,
    project,
    storeId,
    JSON.stringify(made.attributes ?? {}),
  )
}
