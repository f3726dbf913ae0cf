import type { Readable } from 'node:stream'

export interface Stored {
  bytes: number
  /** In hexadecimal. */
  sha256: string
}

/** The bytes from `start` up to `end`, which is exclusive. Without `end`, up to the end of the content. */
export interface ByteRange {
  start: number
  end?: number | undefined
}

/** A file on this machine with the content, until it is disposed of. Nobody may write to it. */
export interface LocalCopy extends AsyncDisposable {
  path: string
}

/** The contents of files and of parts of uploads, by id. They are in a folder or on a server with the S3 API. */
export interface Blobs {
  /**
   * When the promise resolves, the whole content is stored durably. Throws BlobTooLarge. After any error nothing is
   * stored, or it is removed later: another try needs another id.
   */
  put(id: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Stored>
  /**
   * The stream fails with ENOENT when the content does not exist. Whoever does not read it to its end must destroy it.
   */
  open(id: string, range?: ByteRange): Readable
  /** Does nothing when the content does not exist. */
  remove(id: string): Promise<void>
  /** For programs that need a path or read at any position. Rejects with ENOENT when the content does not exist. */
  onDisk(id: string, signal?: AbortSignal): Promise<LocalCopy>
}

/** A content in the store. */
export interface Found {
  id: string
  bytes: number
  /** The time when it was stored, in milliseconds. */
  at: number
}

/** A place for contents, with what its maintenance needs. */
export interface BlobStore extends Blobs, AsyncDisposable {
  /** A description of the place for the operator. It contains no secret. */
  readonly place: string
  /** Where the id of the place is, for the operator. */
  readonly idAt: string
  /** The id that `writeId` has stored beside the contents. Undefined when there is none. */
  readId(): Promise<string | undefined>
  writeId(id: string): Promise<void>
  /**
   * Copies the content to a new file on this machine, durably. The hash is returned when the content had to be read
   * anyway.
   */
  copyTo(id: string, path: string): Promise<{ bytes: number; sha256?: string }>
  /** One page of the contents, and the argument for the next page. Without `next` there are no more. */
  page(after?: string): Promise<{ found: Found[]; next?: string | undefined }>
  /**
   * Called for a content that nothing refers to. It is removed a day later: at a start when the store moved it away,
   * otherwise when this is called again.
   */
  setAside(id: string): Promise<void>
  /** Whether the content is still in its place, and was set aside. */
  isSetAside(id: string): Promise<boolean>
  /** Undoes `setAside`. Returns false when the content is not there any more. */
  takeBack(id: string): Promise<boolean>
  /** Removes half-written contents of broken connections and crashes that are older than a day. */
  sweep(): Promise<void>
  /** Writes a few bytes. Rejects when there is no space, no permission, or no server that answers. */
  tryToWrite(): Promise<void>
}

export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge'
}

/** Remains of broken connections and crashes are removed when they are older than this, in milliseconds. */
export const abandonedAfterMs = 86_400_000

/** The name of the file or object with the id of the place. */
export const storeIdName = 'store-id'

/** Only ids of this form become paths and keys. */
export const isBlobId = (name: string): boolean => /^[a-z]{1,20}[-_][A-Za-z0-9]{4,64}$/.test(name)

/** Whether there is a content. */
export async function hasContent(blobs: Pick<Blobs, 'open'>, id: string): Promise<boolean> {
  try {
    for await (const _ of blobs.open(id, { start: 0, end: 1 })) break
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false
    throw error
  }
}

/** The error for a content that does not exist, in the form of the file system. */
export const noContent = (): Error => Object.assign(new Error('there is no such content'), { code: 'ENOENT' })
