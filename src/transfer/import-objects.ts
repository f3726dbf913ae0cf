import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { nowSeconds } from '../clock.ts'
import { insertAssistant } from '../store/assistants.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import { openStagedRecords } from '../store/staged-records.ts'
import { getVectorStore } from '../store/vector-stores.ts'
import { indexContents, type ImportSources } from './find-sources.ts'
import { importFiles, importStoreFiles, importVectorStores } from './import-files.ts'
import { importKind, type Importing } from './import-kind.ts'
import { importThreads } from './import-threads.ts'
import { assistantParser } from './imported-objects.ts'
import { openReport, type Report } from './report.ts'
import { namedResources } from './resources.ts'
import { stageObjects } from './stage-objects.ts'

export interface ImportOptions {
  /** Of a data folder, whose server may run meanwhile. */
  db: Database
  /** Without it nothing is written, and the report says what would be. */
  blobs: Blobs | undefined
  /** A folder for what is on its way in, as large as the documents. */
  workFolder: string
  signal: AbortSignal
  /** Objects that were read so far. */
  onRead: (objects: number) => void
  /** Objects that were brought, or found to be here, of how many. */
  onWritten: (done: number, total: number) => void
  /** Asked at the end, of the assistants that were read: models that nothing serves. */
  unserved: (models: string[]) => Promise<string[]>
}

/**
 * Brings objects of the API that were written down elsewhere, with their ids, times, metadata and order: from files of
 * JSON or of JSON lines, and from folders of them. Each object is there whole or not at all, and what is there already
 * stays as it is: the same import once more changes nothing, and one that was broken off goes on.
 */
export async function importObjects(
  { documents, contents, others }: ImportSources,
  options: ImportOptions,
): Promise<Report> {
  const { db, blobs, signal, onRead, onWritten, unserved } = options
  const dryRun = blobs === undefined
  using staged = openStagedRecords(join(options.workFolder, randomUUID()))
  const book = openReport(dryRun)
  for (const file of others) book.otherFile(file)
  const ownTools = await stageObjects(documents, { staged, book, signal, onRead })

  const total = Object.values(book.report.objects).reduce((sum, { found }) => sum + found, 0)
  let done = 0
  const importing: Importing = {
    settled: (objects) => onWritten((done += objects), total),
    db,
    staged,
    book,
    ownTools,
    dryRun,
    signal,
    now: nowSeconds(),
    arrived: new Set(),
    named: new Map(),
  }
  await importFiles(importing, blobs, indexContents(contents))
  await importVectorStores(importing)
  await importStoreFiles(importing)
  const models = await importAssistants(importing)
  await importThreads(importing)
  // What was committed before may be done again after a loss of power; from here on it need not.
  if (!dryRun) await db.write(async () => {})
  await findMissing(importing)
  for (const model of await unserved([...models.keys()]))
    book.report.unserved_models[model] = models.get(model) ?? 0
  return book.report
}

/** How many of the assistants use each model. */
async function importAssistants(importing: Importing): Promise<Map<string, number>> {
  const models = new Map<string, number>()
  const parse = assistantParser(importing.ownTools)
  await importKind(importing, {
    kind: 'assistant',
    table: 'assistants',
    parse(value, leftOut) {
      const assistant = parse(value, leftOut)
      models.set(assistant.body.model, (models.get(assistant.body.model) ?? 0) + 1)
      return assistant
    },
    insert: (tx, assistant) => insertAssistant(tx, assistant),
    names: ({ body }) => namedResources(body.tool_resources),
  })
  return models
}

/** Says which of the ids that were named lead to nothing; files without a content have been named already. */
async function findMissing({ db, book, arrived, named, staged }: Importing): Promise<void> {
  for (const [id, { object, id: from }] of named) {
    if (arrived.has(id) || staged.has('file', id) || staged.has('vector_store', id)) continue
    const find = id.startsWith('vs_') ? getVectorStore : getFile
    if (await find(db, 'default', id)) continue
    book.note('missing_references', {
      object,
      id: from,
      reason: `names ${id.slice(0, 200)}, which is not here`,
    })
  }
}
