import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface Stored {
  bytes: number
  /** In hex. */
  sha256: string
}

/** The contents of files and of parts of uploads, by id. What is put is on disk, whole, when the promise resolves. */
export interface Blobs {
  /** Throws BlobTooLarge, and then keeps nothing; so it does when the content breaks off. */
  put(id: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Stored>
  /** The stream fails with ENOENT when there is none. Whoever does not read it to its end destroys it. */
  open(id: string): Readable
  /** A file of this machine that has the content, for programs that read at places of their own choice. */
  path(id: string): string
  /** Gives a content another id, and is on disk then; what had that id is gone. */
  rename(from: string, to: string): Promise<void>
  /** Quiet when there is none. */
  remove(id: string): Promise<void>
  /** How many folders `listed` knows. */
  readonly folders: number
  /** What lies in one of the folders between, with the time when it was put there, in milliseconds. */
  listed(folder: number): Promise<{ id: string; at: number }[]>
  /** Takes a content out of reach; it is removed for good at a start a day later. */
  setAside(id: string): Promise<void>
  /** Writes some kilobytes, and takes them away again. Rejects where there is no room, or no right to. */
  tryToWrite(): Promise<void>
}

export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge'
}

/** What a broken connection or a crash left behind, older than this, in milliseconds. */
const abandonedAfterMs = 86_400_000
/** Room that there must be: about what one request writes. */
const probeBytes = 262_144

/** Files below a folder. They are written under another name and renamed, so a half-written one is never seen. */
export function openBlobs(folder: string): Blobs {
  const unfinished = join(folder, 'unfinished')
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  removeAbandoned(unfinished)

  return {
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
    open: (id) => createReadStream(pathOf(folder, id)),
    async rename(from, to) {
      const path = pathOf(folder, to)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await rename(pathOf(folder, from), path)
      await syncFolder(dirname(path))
    },
    path: (id) => pathOf(folder, id),
    remove: (id) => rm(pathOf(folder, id), { force: true }),
    folders: between.length,
    async listed(index) {
      const at = join(folder, between[index] ?? '')
      const names = await readdir(at).catch(() => [])
      const found = await Promise.all(
        names.filter(isId).map(async (id) => {
          const about = await stat(join(at, id)).catch(() => undefined)
          return about ? [{ id, at: about.mtimeMs }] : []
        }),
      )
      return found.flat()
    },
    async setAside(id) {
      const aside = join(unfinished, id)
      await rename(pathOf(folder, id), aside)
      const now = new Date()
      await utimes(aside, now, now)
    },
    async tryToWrite() {
      const temporary = join(unfinished, randomUUID())
      try {
        await write(temporary, [Buffer.alloc(probeBytes)], probeBytes)
      } finally {
        await rm(temporary, { force: true })
      }
    },
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
      // What is empty takes no room: a program can make a file of any size of nothing.
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

/** One write may take less than it was given. */
async function writeAll(file: FileHandle, part: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < part.byteLength;) {
    const { bytesWritten } = await file.write(part, offset, part.byteLength - offset, position + offset)
    offset += bytesWritten
  }
}

/** A rename is on disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** Ids become paths here and nowhere else. The folder in between keeps directories small. */
function pathOf(folder: string, id: string): string {
  if (!isId(id)) throw new Error('not an id of a blob')
  return join(folder, id.slice(-2).toLowerCase(), id)
}

const isId = (name: string) => /^[a-z]{1,20}[-_][A-Za-z0-9]{4,64}$/.test(name)

const signs = '0123456789abcdefghijklmnopqrstuvwxyz'.split('')
/** The names of all folders between. */
const between = signs.flatMap((first) => signs.map((second) => first + second))

function removeAbandoned(folder: string): void {
  const before = Date.now() - abandonedAfterMs
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before)
      rmSync(path, { force: true })
  }
}
