import { LRUCache } from 'lru-cache'
import { chunksAfter, searchedFiles, searchState, type ChunkRow, type SearchedFile } from '../store/chunks.ts'
import type { Reader } from '../store/database.ts'
import { analyzersOf } from '../store/text-index/text-index.ts'
import { indexNames, type NameIndex } from './name-index.ts'

/**
 * Everything that a search needs to know about the chunks of a store, without their texts: 21 bytes per chunk. A view
 * never changes. A store that grows gets a new view, which shares the unchanged parts.
 */
export interface StoreView {
  readonly storeId: string
  readonly project: string
  readonly version: number
  readonly lastChunk: number
  readonly count: number
  /** Ascending ids. The arrays may be longer than `count`. */
  readonly ids: Float64Array
  /** The number of words of each chunk. */
  readonly lengths: Uint32Array
  /** The position of each chunk's file in `files`. */
  readonly fileOf: Uint32Array
  readonly ords: Uint32Array
  /** 1 when the chunk shares text with the previous one in its file. */
  readonly overlaps: Uint8Array
  readonly totalLength: number
  readonly files: readonly SearchedFile[]
  readonly fileIndex: ReadonlyMap<string, number>
  readonly names: NameIndex
  /** The names of the analyzers that made its terms. */
  readonly analyzers: readonly string[]
}

export interface StoreViews extends AsyncDisposable {
  /**
   * The current view. Undefined when nothing was ever added to the store, or when it does not belong to this project.
   */
  view(project: string, storeId: string): Promise<StoreView | undefined>
}

export interface ViewLimits {
  /** The maximum number of chunks in all cached views. The view that was searched longest ago is dropped first. */
  chunks?: number
  /** The time in milliseconds after which a view that is not searched is dropped. */
  idleMs?: number
}

const rowsAtOnce = 20_000

export function openStoreViews(
  db: Reader,
  { chunks: maxChunks = 1_000_000, idleMs = 300_000 }: ViewLimits = {},
): StoreViews {
  const kept = new LRUCache<string, Promise<StoreView | undefined>>({
    maxSize: maxChunks,
    ttl: idleMs,
    ttlAutopurge: true,
  })
  // A view that is larger than the whole cache still replaces all others, because it is in use.
  const sizeOf = (view: StoreView) => Math.min(Math.max(view.ids.length, 1), maxChunks)

  return {
    async view(project, storeId) {
      const key = `${project} ${storeId}`
      const before = kept.get(key)
      // Refreshes of the same store run one after the other. Otherwise two searches would read the same new chunks.
      const view = (before?.catch(() => undefined) ?? Promise.resolve(undefined)).then((old) =>
        refresh(db, project, storeId, old),
      )
      kept.set(key, view, { size: kept.info(key)?.size ?? 1 })
      const found = await view.catch((error: unknown) => {
        if (kept.peek(key) === view) kept.delete(key)
        throw error
      })
      // Another search may have requested a newer view in the meantime.
      if (kept.peek(key) !== view) return found
      // Deleted first, because setting the same value again would not update its size.
      kept.delete(key)
      if (found) kept.set(key, view, { size: sizeOf(found) })
      return found
    },
    async [Symbol.asyncDispose]() {
      kept.clear()
    },
  }
}

async function refresh(
  db: Reader,
  project: string,
  storeId: string,
  old: StoreView | undefined,
): Promise<StoreView | undefined> {
  const state = await searchState(db, project, storeId)
  if (!state) return undefined
  const lastChunk = state.last_chunk ?? 0
  const valid = old?.version === state.version ? old : undefined
  if (valid?.lastChunk === lastChunk) return valid
  let view = valid ?? emptyView(project, storeId, state.version)
  const files = valid ? undefined : await searchedFiles(db, storeId)
  if (files) view = withFiles(view, files)
  for (;;) {
    const rows = await chunksAfter(db, storeId, view.ids[view.count - 1] ?? 0, rowsAtOnce)
    const unknown = [...new Set(rows.map((row) => row.file_id))].filter((id) => !view.fileIndex.has(id))
    if (unknown.length > 0) view = withFiles(view, await searchedFiles(db, storeId, unknown))
    view = withChunks(view, rows)
    if (rows.length < rowsAtOnce) break
  }
  return { ...view, lastChunk, analyzers: await analyzersOf(db, storeId) }
}

const emptyView = (project: string, storeId: string, version: number): StoreView => ({
  storeId,
  project,
  version,
  lastChunk: 0,
  count: 0,
  ids: new Float64Array(),
  lengths: new Uint32Array(),
  fileOf: new Uint32Array(),
  ords: new Uint32Array(),
  overlaps: new Uint8Array(),
  totalLength: 0,
  files: [],
  fileIndex: new Map(),
  names: indexNames([]),
  analyzers: [],
})

function withFiles(view: StoreView, added: SearchedFile[]): StoreView {
  const files = [...view.files, ...added]
  const fileIndex = new Map(files.map(({ file_id }, at) => [file_id, at]))
  return { ...view, files, fileIndex, names: indexNames(files.map((file) => file.nameTerms)) }
}

/**
 * Adds chunks to a view. Chunks of a file that is deleted by now are left out, because a newer version of the store
 * follows.
 */
function withChunks(view: StoreView, rows: ChunkRow[]): StoreView {
  const known = rows.filter((row) => view.fileIndex.has(row.file_id))
  const needed = view.count + known.length
  const room = needed <= view.ids.length ? view.ids.length : Math.ceil(needed * (view.count > 0 ? 1.5 : 1))
  const ids = grown(view.ids, room, Float64Array)
  const lengths = grown(view.lengths, room, Uint32Array)
  const fileOf = grown(view.fileOf, room, Uint32Array)
  const ords = grown(view.ords, room, Uint32Array)
  const overlaps = grown(view.overlaps, room, Uint8Array)
  let { count, totalLength } = view
  for (const row of known) {
    ids[count] = row.id
    lengths[count] = row.terms
    fileOf[count] = view.fileIndex.get(row.file_id) ?? 0
    ords[count] = row.ord
    overlaps[count] = row.overlap > 0 ? 1 : 0
    totalLength += row.terms
    count++
  }
  return { ...view, ids, lengths, fileOf, ords, overlaps, count, totalLength }
}

function grown<A extends Float64Array | Uint32Array | Uint8Array>(
  array: A,
  room: number,
  make: new (length: number) => A,
): A {
  if (array.length >= room) return array
  const larger = new make(room)
  larger.set(array)
  return larger
}

/** The position of a chunk in its view. -1 when it is not in the view. */
export function positionOf({ ids, count }: StoreView, id: number): number {
  let [low, high] = [0, count - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = ids[middle] ?? 0
    if (found === id) return middle
    if (found < id) low = middle + 1
    else high = middle - 1
  }
  return -1
}
