import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import {
  abandonedAfterMs,
  BlobTooLarge,
  isBlobId,
  storeIdName,
  type BlobStore,
  type Stored,
} from './blobs.ts'
import { removeAbandoned } from './folder.ts'
import { placeOf, type S3Location } from './files-url.ts'
import { s3Failure, s3Obstacle } from './s3-failure.ts'
import { openS3Objects, type S3Objects } from './s3-objects.ts'

/** A mark that is older says nothing any more: it may have been made beside another database. In milliseconds. */
const markForgottenAfterMs = 7 * abandonedAfterMs

/** Always the same object, so that nothing has to be taken away. */
const probe = 'health-check'
const contentKey = (id: string): string => {
  if (!isBlobId(id)) throw new Error('not an id of a blob')
  return `files/${id}`
}

const markKey = (id: string): string => `orphans/${id}`

/**
 * Objects of a bucket: contents in `files/`, and in `orphans/` a mark for each content that nothing names. `workFolder` is
 * for local copies. Throws CannotStart where it cannot be listed, or written to where it `writes`.
 */
export async function openS3Blobs(
  location: S3Location,
  { workFolder, writes, silenceMs }: { workFolder: string; writes: boolean; silenceMs?: number },
): Promise<BlobStore> {
  const objects = openS3Objects(location, silenceMs)
  try {
    await objects.list('files', undefined, 1)
    if (writes) await objects.put(probe, Buffer.alloc(1))
  } catch (error) {
    objects.close()
    throw s3Obstacle(error, location)
  }
  return blobsOf(objects, { workFolder, place: placeOf(location) })
}

function blobsOf(
  objects: S3Objects,
  { workFolder, place }: { workFolder: string; place: string },
): BlobStore {
  const failure = (error: unknown) => s3Failure(error, place)
  const fail = (error: unknown): never => {
    throw failure(error)
  }
  const open: BlobStore['open'] = (id, range = { start: 0 }) => objects.read(contentKey(id), range, failure)

  return {
    place,
    idAt: `the object ${storeIdName} in ${place}`,
    async readId() {
      try {
        return (await text(objects.read(storeIdName, { start: 0 }, failure))).trim() || undefined
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined
        throw error
      }
    },
    writeId: (id) => objects.put(storeIdName, Buffer.from(`${id}\n`)).catch(fail),
    async put(id, content, maxBytes) {
      const source = watched(content)
      try {
        return await objects.upload(contentKey(id), source.content, maxBytes)
      } catch (error) {
        if (source.failed !== undefined) throw source.failed.error
        if (error instanceof BlobTooLarge) throw error
        // What failed may have been the answer alone.
        void objects.remove(contentKey(id)).catch(() => {})
        return fail(error)
      }
    },
    open,
    remove: (id) => objects.remove(contentKey(id)).catch(fail),
    async onDisk(id, signal) {
      await mkdir(workFolder, { recursive: true, mode: 0o700 })
      const path = join(workFolder, randomUUID())
      await writeFile(path, open(id), signal)
      return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    },
    copyTo: (id, path) => writeFile(path, open(id)),
    async page(after) {
      const { names, isLast } = await objects.list('files', after).catch(fail)
      const found = names.flatMap(({ name, ...about }) => (isBlobId(name) ? [{ id: name, ...about }] : []))
      return { found, next: isLast ? undefined : names.at(-1)?.name }
    },
    async isSetAside(id) {
      const age = await objects.age(markKey(id)).catch(fail)
      return age !== undefined && age <= markForgottenAfterMs
    },
    async takeBack(id) {
      await objects.remove(markKey(id)).catch(fail)
      return (await objects.age(contentKey(id)).catch(fail)) !== undefined
    },
    async setAside(id) {
      const mark = markKey(id)
      const age = await objects.age(mark).catch(fail)
      if (age === undefined || age > markForgottenAfterMs)
        return objects.put(mark, Buffer.alloc(0)).catch(fail)
      if (age < abandonedAfterMs) return
      await objects.remove(contentKey(id)).catch(fail)
      await objects.remove(mark).catch(fail)
    },
    async sweep() {
      await removeAbandoned(workFolder)
      // Where the server does not know the request, or does not allow it, a rule of the bucket has to do it.
      await objects.giveUpUploads('files', abandonedAfterMs).catch((error: unknown) => {
        if (failure(error) instanceof StoreUnavailable) fail(error)
      })
    },
    tryToWrite: () => objects.put(probe, Buffer.alloc(1)).catch(fail),
    [Symbol.asyncDispose]: async () => objects.close(),
  }
}

/** Remembers whether the content itself broke off: that is its sender's fault, and not the store's. */
function watched(content: AsyncIterable<Uint8Array>) {
  const source: { content: AsyncIterable<Uint8Array>; failed?: { error: unknown } } = { content: read() }
  async function* read() {
    try {
      yield* content
    } catch (error) {
      source.failed = { error }
      throw error
    }
  }
  return source
}

/** A new file, on disk when this resolves; where the content breaks off there is none. */
async function writeFile(path: string, content: Readable, signal?: AbortSignal): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* measured(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.byteLength
      yield chunk
    }
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  try {
    await pipeline(content, measured, file, { ...(signal && { signal }) })
    return { bytes, sha256: hash.digest('hex') }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}
