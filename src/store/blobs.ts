import type { Readable } from 'node:stream'

export interface Stored {
  bytes: number
  /** In hex. */
  sha256: string
}

/** The bytes from `start` up to and without `end`; to the end of the content where that is left out. */
export interface ByteRange {
  start: number
  end?: number | undefined
}

/** A file of this machine that has a content, as long as it is not disposed of. Nobody writes to it. */
export interface LocalCopy extends AsyncDisposable {
  path: string
}

/** The contents of files and of parts of uploads, by id: in a folder, or on a server that speaks S3. */
export interface Blobs {
  /** The content is stored durably, and whole, when the promise resolves. Throws BlobTooLarge; whatever it throws, nothing is kept. */
  put(id: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Stored>
  /** The stream fails with ENOENT when there is none. Whoever does not read it to its end destroys it. */
  open(id: string, range?: ByteRange): Readable
  /** Quiet when there is none. */
  remove(id: string): Promise<void>
  /** For programs that need a path, and read at places of their own choice. Rejects with ENOENT when there is none. */
  onDisk(id: string, signal?: AbortSignal): Promise<LocalCopy>
}

/** A content that lies in a store. */
export interface Found {
  id: string
  /** When it was put there, in milliseconds. */
  at: number
}

/** Where contents are kept, with what its upkeep needs. */
export interface BlobStore extends Blobs, AsyncDisposable {
  /** Where it is, for the operator: no secret is in it. */
  readonly place: string
  /** Makes a new file of this machine, which is on disk then. The hash is there where the content had to be read anyway. */
  copyTo(id: string, path: string): Promise<{ bytes: number; sha256?: string }>
  /** Some of the contents, and what the next page is asked with; without `next` there are no more. */
  page(after?: string): Promise<{ found: Found[]; next?: string | undefined }>
  /**
   * Is told of a content that nothing names. It is removed a day later: at a start where it was moved away, and where it
   * stays, when it is told again.
   */
  setAside(id: string): Promise<void>
  /** Removes what a broken connection or a crash left half-written more than a day ago. */
  sweep(): Promise<void>
  /** Writes a little. Rejects where there is no room, no right to, or no server that answers. */
  tryToWrite(): Promise<void>
}

export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge'
}

/** What a broken connection or a crash left behind goes when it is older than this, in milliseconds. */
export const abandonedAfterMs = 86_400_000

/** Ids become paths and keys; nothing else does. */
export const isBlobId = (name: string): boolean => /^[a-z]{1,20}[-_][A-Za-z0-9]{4,64}$/.test(name)

/** The reason why a content cannot be read, as a file system says it. */
export const noContent = (): Error => Object.assign(new Error('there is no such content'), { code: 'ENOENT' })
