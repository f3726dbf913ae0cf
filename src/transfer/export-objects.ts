import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { nowSeconds } from '../common/clock.ts'
import { toAssistant } from '../contract/assistants.ts'
import { toFile } from '../contract/files.ts'
import { toMessage } from '../contract/messages.ts'
import { toRun } from '../contract/runs.ts'
import { toRunStep } from '../contract/run-steps.ts'
import { isTerminal } from '../contract/run-status.ts'
import { toThread } from '../contract/threads.ts'
import { toVectorStoreFile } from '../contract/vector-store-files.ts'
import { toVectorStore } from '../contract/vector-stores.ts'
import { listAssistants } from '../store/assistants.ts'
import type { BlobStore } from '../store/blobs/blobs.ts'
import type { Database, Reader } from '../store/database.ts'
import { withAwaitedFiles } from '../store/existing-files.ts'
import { contentOf, listFiles } from '../store/files.ts'
import { listMessages } from '../store/messages.ts'
import type { Page, PageQuery } from '../store/page.ts'
import { listSteps } from '../store/run-steps.ts'
import { listRuns } from '../store/runs.ts'
import { listThreads } from '../store/list-threads.ts'
import { listVectorStoreFiles } from '../store/vector-store-files.ts'
import { listVectorStores, usageOfStores } from '../store/vector-stores.ts'
import { kinds, type Kind, type Report } from './report.ts'
import { exportMark } from './stage-objects.ts'

export interface ExportOptions {
  db: Database
  blobs: BlobStore
  version: string
  signal: AbortSignal
  /** Called with the number of objects written so far. */
  onWritten?: (objects: number) => void
}

/** The result of an export, as `--json` prints it. */
export interface Exported {
  objects: Record<keyof Report['objects'], number>
  /** Files whose content is missing on the disk. */
  missing_contents: string[]
}

const project = 'default'

/**
 * Writes every object, in the form in which the API returns it, into an empty folder: one file of JSON lines each for
 * assistants, for threads with everything in them, for files and for vector stores, and the contents of the files below
 * `files/`. An import can read this folder. `export.json` is written last, so a folder without it is an export that was
 * interrupted.
 */
export async function exportObjects(folder: string, options: ExportOptions): Promise<Exported> {
  const { db, version, signal, onWritten = () => {} } = options
  const none = Object.values(kinds).map((name) => [name, 0])
  const exported: Exported = {
    objects: Object.fromEntries(none) as Exported['objects'],
    missing_contents: [],
  }
  let written = 0
  const write = async (name: string, lines: AsyncIterable<object[]>) => {
    await using out = await open(join(folder, `${name}.jsonl`), 'wx', 0o600)
    await writeLines(out, [{ object: exportMark, id: name, version }])
    for await (const objects of lines) {
      signal.throwIfAborted()
      await writeLines(out, objects)
      for (const one of objects) exported.objects[kinds[(one as { object: Kind }).object]]++
      onWritten((written += objects.length))
    }
    await out.sync()
  }
  await write('files', files(folder, options, exported))
  await write('vector_stores', vectorStores(db))
  await write('assistants', assistants(db))
  await write('threads', threads(db))
  await using note = await open(join(folder, 'export.json'), 'wx', 0o600)
  const made_at = new Date().toISOString()
  await writeLines(note, [{ object: exportMark, id: 'export', version, made_at, ...exported }])
  await note.sync()
  return exported
}

const writeLines = (out: FileHandle, objects: object[]) =>
  out.writeFile(objects.map((one) => `${JSON.stringify(one)}\n`).join(''))

async function* files(
  folder: string,
  { db, blobs }: ExportOptions,
  exported: Exported,
): AsyncGenerator<object[], void> {
  const contents = join(folder, 'files')
  await mkdir(contents, { mode: 0o700 })
  for await (const page of pages((query) => listFiles(db, project, query))) {
    for (const file of page) {
      const { id } = file
      try {
        await blobs.copyTo(contentOf(file), join(contents, id))
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOENT') throw error
        exported.missing_contents.push(id)
      }
    }
    yield page.map(toFile)
  }
}

async function* vectorStores(db: Reader): AsyncGenerator<object[], void> {
  for await (const page of pages((query) => listVectorStores(db, project, { ...query, metadata: {} }))) {
    const ids = page.map(({ id }) => id)
    const usage = await usageOfStores(db, ids)
    yield page.map((store) => toVectorStore(store, usage(store.id), nowSeconds()))
    for (const vector_store_id of ids)
      for await (const inStore of pages((query) =>
        listVectorStoreFiles(db, project, { vector_store_id }, query),
      ))
        yield inStore.map(toVectorStoreFile)
  }
}

async function* assistants(db: Reader): AsyncGenerator<object[], void> {
  for await (const page of pages((query) => listAssistants(db, project, { ...query, metadata: {} })))
    yield (await withAwaitedFiles(db, 'assistants', page)).map(toAssistant)
}

async function* threads(db: Reader): AsyncGenerator<object[], void> {
  for await (const page of pages((query) => listThreads(db, project, { ...query, metadata: {} })))
    for (const thread of await withAwaitedFiles(db, 'threads', page)) {
      yield [toThread(thread, 'read')]
      for await (const runs of pages((query) => listRuns(db, project, thread.id, query))) {
        yield runs.map((run) => toRun(run))
        for (const run of runs)
          for await (const steps of pages((query) => listSteps(db, project, run.id, query)))
            yield steps.map((step) => ({
              ...toRunStep(step, { includeContent: true }),
              expires_at: isTerminal(run.status) ? null : run.expires_at,
            }))
      }
      for await (const messages of pages((query) => listMessages(db, project, thread.id, query)))
        yield messages.map(toMessage)
    }
}

/** Lists objects, the oldest first. An object that is deleted while the list is read is left out. */
async function* pages<T extends { id: string }>(
  list: (query: PageQuery) => Promise<Page<T>>,
): AsyncGenerator<T[], void> {
  let after: string | undefined
  for (;;) {
    const { data, hasMore } = await list({ limit: 100, order: 'asc', after })
    yield data
    after = data.at(-1)?.id
    if (!hasMore) return
  }
}
