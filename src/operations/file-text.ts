import { storeFileNotFound } from '../errors/errors.ts'
import { joinParts } from '../search/chunk.ts'
import { readingOf } from '../search/index-file.ts'
import { getExtraction, newestExtraction, type StoredExtraction } from '../store/extractions.ts'
import { getFile } from '../store/files.ts'
import type { Context } from './context.ts'

export interface FileText {
  text: string
  parts: StoredExtraction['parts']
  /** Where each part begins in the text, in UTF-16 units. */
  offsets: Uint32Array
}

/** The text of a file in a store, as search has read it. Empty when it was not read yet. */
export async function readFileText(ctx: Context, storeId: string, id: string): Promise<FileText> {
  const file = await getFile(ctx.db, ctx.project, id)
  if (!file) throw storeFileNotFound(id, storeId)
  const { filename, sha256 } = file.body
  const key = { project: ctx.project, sha256, version: readingOf(filename) }
  // Text that an earlier version has read is good enough, because the chunks were made of it.
  const extraction = (await getExtraction(ctx.db, key)) ?? (await newestExtraction(ctx.db, key))
  const parts = extraction?.parts ?? []
  return { parts, ...joinParts(parts) }
}
