import type { Database } from '../store/database.ts'
import {
  chunksOfSegment,
  replaceSegment,
  type OutdatedSegment,
  type RemadeFile,
} from '../store/text-index/outdated-terms.ts'
import type { Prepare } from './index-file.ts'

/** Makes the terms of a segment again. Returns false, and writes nothing, when its chunks have changed meanwhile. */
export async function remakeSegment(
  { db, prepare }: { db: Database; prepare: Prepare },
  segment: OutdatedSegment,
  signal: AbortSignal,
): Promise<boolean> {
  const byFile = Map.groupBy(await chunksOfSegment(db, segment), ({ file_id }) => file_id)
  const files: RemadeFile[] = []
  for (const [file_id, chunks] of byFile) {
    const [first] = chunks
    if (!first) continue
    const bytes = chunks.reduce((sum, { text }) => sum + text.length, 0)
    const prepared = await prepare(first.filename, chunks, { signal, rank: { bytes, awaited: false } })
    files.push({ file_id, firstChunk: first.id, lengths: chunks.map(({ terms }) => terms), prepared })
  }
  return db.write((tx) => replaceSegment(tx, segment, files))
}
