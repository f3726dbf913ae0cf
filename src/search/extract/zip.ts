import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import {
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  openPromise,
  RandomAccessReader,
  type Entry,
  type ZipFile,
} from 'yauzl'
import { ExtractionFailure } from './extracted.ts'
import { fileTooLarge, unreadable } from './failures.ts'
import type { ZipLimits } from './limits.ts'

// A document may have 512 MB, which are mostly pictures. The directory says where the few entries with text are, and
// only those are read, as streams. The sizes in the directory may be wrong, so the unpacked bytes are counted.

export interface Zip extends AsyncDisposable {
  names(): string[]
  has(name: string): boolean
  /** The bytes of an entry. Fails when the limits for unpacked data are exceeded. Empty when there is no such entry. */
  read(name: string): AsyncIterable<Uint8Array>
}

/** The maximum size of all names, extra fields and comments together. */
const maxDirectory = 64 * 2 ** 20
const ratioFrom = 10 * 2 ** 20
const methods = { stored: 0, deflated: 8 }

/** Opens an archive and reads its directory. Throws `ExtractionFailure` when it is damaged or exceeds the limits. */
export async function openZip(path: string, limits: ZipLimits): Promise<Zip> {
  const archive = await openArchive(path)
  try {
    const entries = await directoryOf(archive, limits)
    let left = limits.maxBytes
    return {
      names: () => [...entries.keys()],
      has: (name) => entries.has(name),
      async *read(name) {
        const entry = entries.get(name)
        if (!entry) return
        let unpacked = 0
        for await (const bytes of unpack(archive, entry)) {
          unpacked += bytes.length
          left -= bytes.length
          const ratio = unpacked / Math.max(entry.compressedSize, 1)
          if (left < 0 || (unpacked > ratioFrom && ratio > limits.maxRatio)) {
            throw fileTooLarge('It unpacks to far more than its size.')
          }
          yield bytes
        }
      },
      [Symbol.asyncDispose]: async () => archive.close(),
    }
  } catch (error) {
    archive.close()
    throw error
  }
}

/** Sizes are not validated, because some programs write wrong ones, and the bytes are counted in any case. */
const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false }

async function openArchive(path: string): Promise<ZipFile> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const end = await endOf(file, size)
  try {
    if (end === size) return await openPromise(path, options)
    return await fromRandomAccessReaderPromise(new PartOfFile(path), end, options)
  } catch (error) {
    throw failureOf(error)
  }
}

/** The position at which the archive ends. Mail gateways may add bytes after it, which the library would refuse. */
async function endOf(file: FileHandle, size: number): Promise<number> {
  const from = Math.max(0, size - endRecord - maxComment)
  const { buffer: tail } = await file.read({ buffer: Buffer.alloc(size - from), position: from })
  const at = tail.lastIndexOf('PK\x05\x06')
  if (at < 0 || at + endRecord > tail.length) return size
  return Math.min(from + at + endRecord + tail.readUInt16LE(at + endRecord - 2), size)
}

const endRecord = 22
const maxComment = 65_535

class PartOfFile extends RandomAccessReader {
  readonly #path: string
  constructor(path: string) {
    super()
    this.#path = path
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 })
  }
}

async function directoryOf(archive: ZipFile, { maxEntries }: ZipLimits): Promise<Map<string, Entry>> {
  if (archive.entryCount > maxEntries) throw fileTooLarge('It is an archive of too many files.')
  const entries = new Map<string, Entry>()
  let size = 0
  try {
    for await (const entry of archive.eachEntry()) {
      size += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
      if (size > maxDirectory) throw unreadable('The directory of the archive is too large.')
      entries.set(nameOf(entry), entry)
    }
  } catch (error) {
    throw failureOf(error)
  }
  return entries
}

/** Many programs use UTF-8 without setting its flag, and some write backslashes and a leading slash. */
function nameOf({ fileNameRaw, generalPurposeBitFlag, extraFields }: Entry): string {
  const name = isUtf8(fileNameRaw)
    ? fileNameRaw.toString('utf8')
    : getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
  return name.replaceAll('\\', '/').replace(/^\//, '')
}

async function* unpack(archive: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw protectedByPassword()
  const { stored, deflated } = methods
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated)
    throw unreadable('It is packed in a way that is not known.')
  try {
    for await (const bytes of await archive.openReadStreamPromise(entry)) yield bytes as Buffer
  } catch (error) {
    throw failureOf(error)
  }
}

const protectedByPassword = () => unreadable('It is protected by a password.')

/** Errors of the library have no code. Errors with a code come from the file system and are passed on. */
function failureOf(error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (error instanceof ExtractionFailure || /^E[A-Z]+$/.test(code)) return error
  return /encryption/.test(message) ? protectedByPassword() : unreadable('The archive is damaged.')
}
