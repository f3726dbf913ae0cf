import { createReadStream } from 'node:fs'
import type { FileRecord } from '../contract/files.ts'
import { newFileId } from '../common/ids.ts'
import type { Blobs } from '../store/blobs/blobs.ts'
import { getFile, insertFile } from '../store/files.ts'
import { stateInStore, stateOfId } from '../store/taken-ids.ts'
import { attachFile } from '../store/vector-store-files.ts'
import { getVectorStore, insertVectorStore } from '../store/vector-stores.ts'
import type { indexContents } from './find-sources.ts'
import { batches, importKind, type Importing } from './import-kind.ts'
import { importedFile, importedStoreFile, importedVectorStore } from './imported-objects.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'

const project = 'default'

/**
 * Imports the files whose content was given. A file without its content is not created, because nobody could use it.
 */
export async function importFiles(
  importing: Importing,
  blobs: Blobs | undefined,
  { find, unasked }: ReturnType<typeof indexContents>,
): Promise<void> {
  const { db, book, signal, arrived, now } = importing
  for (const files of batches(importing, { kind: 'file', parse: importedFile }, '')) {
    for (const file of files) {
      const content = find({ id: file.id, ...file.body })
      const state = await stateOfId(db, 'files', file.id)
      if (state !== 'free') {
        book.count('file', state === 'taken' ? 'unchanged' : 'deleted')
        if (state === 'taken') arrived.add(file.id)
        continue
      }
      if (file.expires_at !== null && file.expires_at <= now) {
        book.notTaken('file', file.id, 'it has expired')
        continue
      }
      if ('reason' in content) {
        const { filename, bytes } = file.body
        book.count('file', 'not_taken')
        book.note('missing_contents', {
          object: 'file',
          id: file.id,
          reason: content.reason,
          filename,
          bytes,
        })
        continue
      }
      signal.throwIfAborted()
      if (blobs) await bring(importing, blobs, file, content.path)
      arrived.add(file.id)
      book.count('file', 'imported')
    }
  }
  for (const { path } of unasked()) book.otherFile({ path, reason: 'no object asks for this content' })
}

/**
 * Stores the content under a new id, because only the transaction that inserts the row knows whether the id of the file
 * is free.
 */
async function bring(
  { db, now }: Importing,
  blobs: Blobs,
  file: Omit<FileRecord, 'seq'>,
  path: string,
): Promise<void> {
  const id = newFileId()
  const { bytes, sha256 } = await blobs.put(id, createReadStream(path), file.body.bytes)
  try {
    const isNew = await db.write(async (tx) => {
      if ((await stateOfId(tx, 'files', file.id)) !== 'free') return false
      const body = { ...file.body, bytes, sha256 }
      // The insert also applies the retention time for files, if one is configured.
      await insertFile(tx, { ...file, content_id: id, body }, now)
      return true
    })
    if (!isNew) await blobs.remove(id)
  } catch (error) {
    // Where the row may be written all the same, its content has to stay.
    if (!(error instanceof DatabaseUnavailable && error.whileCommitting)) await blobs.remove(id)
    throw error
  }
}

export const importVectorStores = (importing: Importing): Promise<void> =>
  importKind(importing, {
    kind: 'vector_store',
    table: 'vector_stores',
    parse: (value, leftOut) => importedVectorStore(value, importing.now, leftOut),
    insert: (tx, store) => insertVectorStore(tx, store),
  })

/** Adds files to their vector stores. The running server, or the next one that starts, parses and indexes them. */
export async function importStoreFiles(importing: Importing): Promise<void> {
  const { db, staged, book, dryRun, arrived } = importing
  const kind = 'vector_store.file'
  const parse = (...given: Parameters<typeof importedStoreFile>) => ({
    ...importedStoreFile(...given),
    id: given[0].id,
  })
  for (const storeId of staged.owners(kind)) {
    const coming = dryRun && (await stateOfId(db, 'vector_stores', storeId)) === 'free'
    const there = coming ? staged.has('vector_store', storeId) : await getVectorStore(db, project, storeId)
    for (const rows of batches(importing, { kind, parse }, storeId)) {
      const outcomes = await db.write(async (tx) => {
        const found: ('imported' | 'unchanged' | 'deleted' | string)[] = []
        await tx.lock('files', ...rows.map(({ id }) => id))
        for (const { id, created_at, vector_store_id, ...file } of rows) {
          const state = await stateInStore(tx, storeId, id)
          if (state !== 'free') found.push(state === 'taken' ? 'unchanged' : 'deleted')
          else if (!there) found.push('its vector store is not here')
          else if (!(dryRun && arrived.has(id)) && !(await getFile(tx, project, id)))
            found.push('its file is not here')
          else {
            if (!dryRun) await attachFile(tx, { project, vector_store_id, batch_id: null }, file, created_at)
            found.push('imported')
          }
        }
        return found
      })
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome === 'imported' || outcome === 'unchanged' || outcome === 'deleted')
          book.count(kind, outcome)
        else book.notTaken(kind, `${storeId}/${rows[index]?.id}`, outcome)
      }
    }
  }
}
