import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream, mkdirSync } from 'node:fs'
import {
  access,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import {
  abandonedAfterMs,
  BlobTooLarge,
  isBlobId,
  storeIdName,
  type BlobStore,
  type Stored,
} from './blobs.ts'

/** How much the test write of `tryToWrite` writes, in bytes: about as much as one request. */
const probeBytes = 262_144

export interface FolderBlobs extends BlobStore {
  /** The path of the content, whether or not it exists. */
  path(id: string): string
}

/**
 * Stores contents as files below a folder. A file is written under another name and then renamed, so that nobody sees
 * it half-written. The folder is made unless it is only read.
 */
export function openFolderBlobs(folder: string, { writes = true } = {}): FolderBlobs {
  const unfinished = join(folder, 'unfinished')
  if (writes) mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const idAt = join(folder, storeIdName)

  return {
    place: folder,
    idAt,
    async readId() {
      try {
        return (await readFile(idAt, 'utf8')).trim() || undefined
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined
        throw error
      }
    },
    async writeId(id) {
      const temporary = join(unfinished, randomUUID())
      const line = Buffer.from(`${id}\n`)
      await write(temporary, [line], line.byteLength)
      await rename(temporary, idAt)
      await syncFolder(folder)
    },
    async put(id, content, maxBytes) {
      const path = pathOf(folder, id)
      const temporary = join(unfinished, randomUUID())
      try {
        const stored = await write(temporary, content, maxBytes)
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await rename(temporary, path)
        await syncFolder(dirname(path))
        return stored
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    open(id, { start = 0, end } = { start: 0 }) {
      // The end of a read stream is inclusive, so an empty range cannot be expressed.
      if (end !== undefined && end <= start) return Readable.from([])
      return createReadStream(pathOf(folder, id), { start, ...(end !== undefined && { end: end - 1 }) })
    },
    path: (id) => pathOf(folder, id),
    remove: (id) => rm(pathOf(folder, id), { force: true }),
    async onDisk(id) {
      const path = pathOf(folder, id)
      await access(path)
      return { path, [Symbol.asyncDispose]: async () => {} }
    },
    copyTo: async (id, path) => ({ bytes: await copyDurably(pathOf(folder, id), path) }),
    async page(after = between[0]) {
      const index = between.indexOf(after ?? '')
      const at = join(folder, between[index] ?? '')
      const names = await readdir(at).catch(() => [])
      const found = await Promise.all(
        names.filter(isBlobId).map(async (id) => {
          const about = await stat(join(at, id)).catch(() => undefined)
          return about ? [{ id, bytes: about.size, at: about.mtimeMs }] : []
        }),
      )
      return { found: found.flat(), next: between[index + 1] }
    },
    async setAside(id) {
      const aside = join(unfinished, id)
      await rename(pathOf(folder, id), aside)
      const now = new Date()
      await utimes(aside, now, now)
    },
    isSetAside: async () => false,
    async takeBack(id) {
      const path = pathOf(folder, id)
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await rename(join(unfinished, id), path)
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return false
        throw error
      }
      await syncFolder(dirname(path))
      return true
    },
    async tryToWrite() {
      const temporary = join(unfinished, randomUUID())
      try {
        await write(temporary, [Buffer.alloc(probeBytes)], probeBytes)
      } finally {
        await rm(temporary, { force: true })
      }
    },
    sweep: () => removeAbandoned(unfinished),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function write(
  path: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): Promise<Stored> {
  await using file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of content) {
    if (bytes + chunk.byteLength > maxBytes) throw new BlobTooLarge(`more than ${maxBytes} bytes`)
    hash.update(chunk)
    for (let at = 0; at < chunk.byteLength; at += zeros.length) {
      const part = chunk.subarray(at, at + zeros.length)
      // A block of zeros is not written, because a program can make a file of any size from nothing.
      if (!isEmpty(part)) await writeAll(file, part, bytes + at)
    }
    bytes += chunk.byteLength
  }
  await file.truncate(bytes)
  await file.sync()
  return { bytes, sha256: hash.digest('hex') }
}

const zeros = new Uint8Array(16_384)

const isEmpty = (part: Uint8Array) =>
  part.at(0) === 0 && Buffer.compare(part, zeros.subarray(0, part.byteLength)) === 0

/** A single write may write less than it was given. */
async function writeAll(file: FileHandle, part: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < part.byteLength;) {
    const { bytesWritten } = await file.write(part, offset, part.byteLength - offset, position + offset)
    offset += bytesWritten
  }
}

/**
 * Copies a file durably, readable only by its owner. Returns its size in bytes. Shares the disk space when the file
 * system supports that.
 */
export async function copyDurably(from: string, to: string): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  try {
    await using file = await open(to, 'r+')
    await file.chmod(0o600)
    await file.sync()
    return (await file.stat()).size
  } catch (error) {
    await rm(to, { force: true })
    throw error
  }
}

/** A rename is on disk only after its folder was synced. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** This is the only place where ids become paths. The folder in between keeps directories small. */
function pathOf(folder: string, id: string): string {
  if (!isBlobId(id)) throw new Error('not an id of a blob')
  return join(folder, id.slice(-2).toLowerCase(), id)
}

const signs = '0123456789abcdefghijklmnopqrstuvwxyz'.split('')
/** The names of all folders in between. */
const between = signs.flatMap((first) => signs.map((second) => first + second))

/** Removes files that are older than a day. */
export async function removeAbandoned(folder: string): Promise<void> {
  const before = Date.now() - abandonedAfterMs
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const about = await stat(path).catch(() => undefined)
    if (about && about.mtimeMs < before) await rm(path, { force: true })
  }
}
