import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { tooLarge, unreadable } from './failures.ts'
import type { ZipLimits } from './limits.ts'

// Written out because a document may be 512 MB, most of it pictures: the directory says where the few entries with text
// are, and only they are read, as streams. Sizes in the directory are the writer's claims, so bytes are counted here.

interface Entry {
  flags: number
  method: number
  packed: number
  offset: number
}

export interface Zip extends AsyncDisposable {
  names(): string[]
  has(name: string): boolean
  /** The bytes of an entry; fails past the limits of all that is unpacked. No bytes where there is no such entry. */
  read(name: string): AsyncIterable<Uint8Array>
}

const endSize = 22
const maxComment = 65_535
const directorySize = 46
const localSize = 30
const ratioFrom = 10 * 2 ** 20
const damaged = () => unreadable('The archive is damaged.')

export async function openZip(path: string, limits: ZipLimits): Promise<Zip> {
  const file = await open(path, 'r')
  try {
    const entries = await directoryOf(file, limits)
    let left = limits.maxBytes
    return {
      names: () => [...entries.keys()],
      has: (name) => entries.has(name),
      async *read(name) {
        const entry = entries.get(name)
        if (!entry) return
        let unpacked = 0
        for await (const bytes of unpack(file, entry)) {
          unpacked += bytes.length
          left -= bytes.length
          const ratio = unpacked / Math.max(entry.packed, 1)
          if (left < 0 || (unpacked > ratioFrom && ratio > limits.maxRatio)) {
            throw tooLarge('It unpacks to far more than its size.')
          }
          yield bytes
        }
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function directoryOf(file: FileHandle, { maxEntries }: ZipLimits): Promise<Map<string, Entry>> {
  const { size } = await file.stat()
  const tail = await range(
    file,
    Math.max(0, size - endSize - maxComment),
    Math.min(size, endSize + maxComment),
  )
  const end = tail.lastIndexOf('PK\x05\x06')
  if (end < 0 || end + endSize > tail.length) throw damaged()
  const count = tail.readUInt16LE(end + 10)
  const length = tail.readUInt32LE(end + 12)
  if (count === 0xffff || count > maxEntries) throw tooLarge('It is an archive of too many files.')
  if (length > 64 * 2 ** 20) throw damaged()
  const directory = await range(file, tail.readUInt32LE(end + 16), length)

  const entries = new Map<string, Entry>()
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + directorySize > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged()
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field))
    const extraAt = at + directorySize + (nameSize ?? 0)
    const name = directory.toString('utf8', at + directorySize, extraAt)
    const sizes = wideSizes(directory.subarray(extraAt, extraAt + (extraSize ?? 0)), {
      unpacked: directory.readUInt32LE(at + 24),
      packed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    })
    const entry = { flags: directory.readUInt16LE(at + 8), method: directory.readUInt16LE(at + 10) }
    // Some writers put backslashes and a leading slash.
    entries.set(name.replaceAll('\\', '/').replace(/^\//, ''), { ...entry, ...sizes })
    at = extraAt + (extraSize ?? 0) + (commentSize ?? 0)
  }
  return entries
}

/** Fields of 32 bits that are full have their value in the extra field 1, each of them in this order. */
function wideSizes(extra: Buffer, sizes: { unpacked: number; packed: number; offset: number }) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let field = at + 4
    for (const key of ['unpacked', 'packed', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff || field + 8 > extra.length) continue
      sizes[key] = Number(extra.readBigUInt64LE(field))
      field += 8
    }
    break
  }
  return { packed: sizes.packed, offset: sizes.offset }
}

async function* unpack(file: FileHandle, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.flags & 1) throw unreadable('It is protected by a password.')
  const local = await range(file, entry.offset, localSize)
  if (local.length < localSize || local.readUInt32LE(0) !== 0x04034b50) throw damaged()
  const start = entry.offset + localSize + local.readUInt16LE(26) + local.readUInt16LE(28)
  const packed = packedBytes(file, start, entry.packed)
  if (entry.method === 0) return yield* packed
  if (entry.method !== 8) throw unreadable('It is packed in a way that is not known.')
  const source = Readable.from(packed)
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 })
  source.on('error', (error) => inflate.destroy(error))
  try {
    for await (const bytes of source.pipe(inflate)) yield bytes as Buffer
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? damaged() : error
  } finally {
    source.destroy()
    inflate.destroy()
  }
}

async function* packedBytes(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  const step = 256 * 1024
  for (let at = 0; at < length; at += step) {
    const bytes = await range(file, start + at, Math.min(step, length - at))
    if (bytes.length === 0) throw damaged()
    yield bytes
  }
}

/** Fewer bytes than asked for at the end of the file. */
async function range(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position, length })
  return buffer.subarray(0, bytesRead)
}
