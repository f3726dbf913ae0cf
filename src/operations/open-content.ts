import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Blobs } from '../store/blobs/blobs.ts'
import type { FileRecord } from '../contract/files.ts'
import { contentOf } from '../store/files.ts'

/** The bytes from `start` up to `end`, which is exclusive. */
export interface BoundedRange {
  start: number
  end: number
}

/** Which of so many bytes are wanted; undefined for all of them. May throw an ApiError. */
export type ChooseRange = (bytes: number) => BoundedRange | undefined

export interface OpenContent {
  content: Readable
  /** What of the file `content` is; undefined for the whole. */
  range: BoundedRange | undefined
}

/** The content of a file, from its first bytes on: one that cannot be read fails before an answer has begun. */
export async function openContent(
  blobs: Pick<Blobs, 'open'>,
  file: FileRecord,
  choose: ChooseRange,
): Promise<OpenContent> {
  const range = choose(file.body.bytes)
  const content = blobs.open(contentOf(file), range)
  await once(content, 'readable')
  return { content, range }
}
