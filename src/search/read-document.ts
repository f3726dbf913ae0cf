import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileRecord } from '../contract/files.ts'
import type { Blobs } from '../store/blobs/blobs.ts'
import type { Database } from '../store/database.ts'
import { getExtraction, insertExtraction } from '../store/extractions.ts'
import { contentOf } from '../store/files.ts'
import { whenFilesAnswer } from '../store/blobs/when-files-answer.ts'
import { makeTemporaryFolder } from '../common/temporary-folder.ts'
import { joinParts } from './chunk.ts'
import type { Extractor } from './extract/extractor.ts'
import { readingOf } from './index-file.ts'

/** Reads the text of a document, as file search does. Rejects with an ExtractionFailure where that cannot be done. */
export interface DocumentReader {
  readFile(file: FileRecord, signal: AbortSignal): Promise<string>
  readBytes(document: { filename: string; bytes: Uint8Array }, signal: AbortSignal): Promise<string>
}

export const createDocumentReader = ({
  db,
  blobs,
  extractor,
}: {
  db: Database
  blobs: Blobs
  extractor: Extractor
}): DocumentReader => ({
  /** The same bytes are read once, also for file search. */
  async readFile(file, signal) {
    const { filename, sha256, bytes } = file.body
    const key = { project: file.project, sha256, version: readingOf(filename) }
    const known = await getExtraction(db, key)
    if (known) return joinParts(known.parts).text
    await using local = await whenFilesAnswer(() => blobs.onDisk(contentOf(file), signal), signal)
    const read = await extractor.extract({ path: local.path, filename, bytes }, signal)
    await db.write((tx) => insertExtraction(tx, key, read))
    return joinParts(read.parts).text
  },
  async readBytes({ filename, bytes }, signal) {
    const folder = await makeTemporaryFolder('reading')
    try {
      const path = join(folder, 'document')
      await writeFile(path, bytes)
      const { parts } = await extractor.extract({ path, filename, bytes: bytes.byteLength }, signal)
      return joinParts(parts).text
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})
