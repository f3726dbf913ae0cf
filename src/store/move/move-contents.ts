import { createHash } from 'node:crypto'
import type { BlobStore, Stored } from '../blobs/blobs.ts'
import type { OnProgress } from './move-rows.ts'
import type { Session } from './session.ts'
import type { Row, Table } from './tables.ts'

/** A large content takes some 32 MB of memory on its way to a bucket. */
const movesAtOnce = 4

export interface MovedContents {
  files: number
  bytes: number
  /** Files that an earlier try had moved. */
  found: number
  /** Ids of contents that the database knows, but that do not exist in the source. */
  missing: string[]
  /** Ids of contents whose SHA-256 is not that of what was stored. They were copied as they are. */
  damaged: string[]
}

interface ContentMove {
  source: Session
  from: BlobStore
  to: BlobStore
  /** What is in the target already is kept when it is the right content. */
  resumed: boolean
  /** The SHA-256 of a content for which the database has none. */
  sha256Of?: (id: string) => string | undefined
  /** Called for each content that is in the target now. */
  onContent?: (id: string, stored: Stored) => void
}

/** Copies the contents that the rows of the source name, and reads each one again where it was copied to. */
export async function moveContents(
  { source, from, to, resumed, sha256Of, onContent }: ContentMove,
  onProgress: OnProgress,
): Promise<MovedContents> {
  const moved: MovedContents = { files: 0, bytes: 0, found: 0, missing: [], damaged: [] }
  const total = await countContents(source)
  onProgress(0, total)
  const waiting = contentsOf(source)
  // A generator gives its values one after the other, to whoever asks.
  await Promise.all(
    Array.from({ length: movesAtOnce }, async () => {
      for (let next = await waiting.next(); !next.done; next = await waiting.next()) {
        await moveOne(next.value)
        onProgress(moved.files + moved.missing.length, total)
      }
    }),
  )
  return moved

  async function moveOne({ id, sha256: known }: Content): Promise<void> {
    const sha256 = known ?? sha256Of?.(id)
    const there = resumed && sha256 !== undefined ? await hashOf(to, id) : undefined
    if (there !== undefined && there.sha256 === sha256) {
      moved.found++
      return add(id, there)
    }
    const stored = await copy(id)
    if (stored === undefined) return void moved.missing.push(id)
    const again = await hashOf(to, id)
    if (again?.sha256 !== stored.sha256)
      throw new Error(`the content ${id} is not the same when it is read again from ${to.place}`)
    if (sha256 !== undefined && sha256 !== stored.sha256) moved.damaged.push(id)
    add(id, stored)
  }

  function add(id: string, stored: Stored): void {
    moved.files++
    moved.bytes += stored.bytes
    onContent?.(id, stored)
  }

  /** Undefined when there is no such content. */
  async function copy(id: string): Promise<Stored | undefined> {
    const content = from.open(id)
    // It may fail before anybody reads it, which would end the process.
    content.on('error', () => {})
    try {
      return await to.put(id, content, Number.POSITIVE_INFINITY)
    } catch (error) {
      const isMissing =
        (error as { code?: string }).code === 'ENOENT' && (await hashOf(from, id)) === undefined
      if (isMissing) return undefined
      throw error
    }
  }
}

/** Undefined when there is no such content. */
export async function hashOf(blobs: BlobStore, id: string): Promise<Stored | undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of blobs.open(id) as AsyncIterable<Uint8Array>) {
      hash.update(chunk)
      bytes += chunk.byteLength
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** A content that the database knows. */
export interface Content {
  id: string
  bytes: number
  /** Undefined for parts of uploads. */
  sha256: string | undefined
}

const files: Table = {
  name: 'files',
  columns: [
    { name: 'seq', type: 'integer' },
    { name: 'removed', type: 'integer' },
    { name: 'id', type: 'text' },
    { name: 'content_id', type: 'text' },
    { name: 'bytes', type: 'integer' },
    { name: 'sha256', type: 'text' },
  ],
  key: ['seq'],
}

const parts: Table = {
  name: 'upload_parts',
  columns: [
    { name: 'id', type: 'text' },
    { name: 'bytes', type: 'integer' },
  ],
  key: ['id'],
}

/** The contents that the rows of a database name. */
export async function* contentsOf(source: Session): AsyncGenerator<Content, void> {
  for await (const rows of source.read(files)) yield* rows.flatMap(asContent)
  for await (const rows of source.read(parts))
    yield* rows.map(([id, bytes]) => ({ id: String(id), bytes: Number(bytes), sha256: undefined }))
}

const asContent = ([, removed, id, contentId, bytes, sha256]: Row): Content[] =>
  removed === 0
    ? [{ id: String(contentId ?? id), bytes: Number(bytes), sha256: String(sha256) || undefined }]
    : []

export async function countContents(source: Session): Promise<number> {
  const [[count] = []] = await source.query(
    'select (select count(*) from files where removed = 0) + (select count(*) from upload_parts)',
  )
  return Number(count)
}
