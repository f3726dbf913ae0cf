import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { nowSeconds } from '../common/clock.ts'
import { insertAssistant } from '../store/assistants.ts'
import type { Blobs } from '../store/blobs/blobs.ts'
import type { Database } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import { openStagedRecords } from '../store/staged-records.ts'
import { getVectorStore } from '../store/vector-stores.ts'
import { indexContents, type ImportSources } from './find-sources.ts'
import { importFiles, importStoreFiles, importVectorStores } from './import-files.ts'
import { importKind, type Importing } from './import-kind.ts'
import { importThreads } from './import-threads.ts'
import { assistantParser } from './imported-objects.ts'
import { kinds, openReport, type Report } from './report.ts'
import { namedResources } from './resources.ts'
import { stageObjects } from './stage-objects.ts'
import { translateV1 } from './translate-v1.ts'

export interface ImportOptions {
  /** The database of the data folder. Its server may be running. */
  db: Database
  /**
   * Where contents are stored. If undefined, this is a dry run: nothing is written, and the report says what would be.
   */
  blobs: Blobs | undefined
  /** A folder for temporary data, which becomes as large as the documents. */
  workFolder: string
  signal: AbortSignal
  /** Called with the number of objects read so far. */
  onRead: (objects: number) => void
  /** Called with the number of objects whose outcome is known, and with the number of all objects. */
  onWritten: (done: number, total: number) => void
  /**
   * Returns those of the models that no provider serves. It is called once, at the end, with the models of the
   * assistants.
   */
  unserved: (models: string[]) => Promise<string[]>
}

/**
 * Imports objects of the API from files of JSON or JSON lines, and from folders of such files. Ids, times, metadata and
 * order are kept. Each object is imported completely or not at all, and existing objects are not changed. So a repeated
 * import changes nothing, and an interrupted import can be run again to continue.
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
  const { ownTools, ofV1 } = await stageObjects(documents, { staged, book, signal, onRead })

  let total = 0
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
  await translateV1(importing, ofV1)
  for (const [kind, name] of Object.entries(kinds)) {
    const found = staged.count(kind)
    book.report.objects[name].found = found
    total += found
  }
  await importFiles(importing, blobs, indexContents(contents))
  await importVectorStores(importing)
  await importStoreFiles(importing)
  const models = await importAssistants(importing)
  await importThreads(importing)
  // The earlier transactions need not survive a loss of power, because the import could be repeated. This one makes
  // them all durable.
  if (!dryRun) await db.write(async () => {})
  await findMissing(importing)
  for (const model of await unserved([...models.keys()]))
    book.report.unserved_models[model] = models.get(model) ?? 0
  return book.report
}

/** Imports the assistants. Returns how many of them use each model. */
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

/** Reports references to objects that do not exist. Files without a content were reported before. */
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
