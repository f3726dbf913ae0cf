import { toList } from '../contract/list.ts'
import type { VectorStoreFileChunk, VectorStoreFilePage } from '../contract/vector-store-chunks.ts'
import { placeOf } from '../search/page-breaks.ts'
import { listChunks, type FileChunk } from '../store/chunks.ts'
import { UnknownCursor, type PageQuery } from '../store/page.ts'
import type { Context } from './context.ts'
import { readFileText, type FileText } from './file-text.ts'
import { toListPage, type List } from './list.ts'
import { findStoreFile } from './vector-store-files.ts'

/** The chunks of a file in a store, in the order of the file. */
export async function listFileChunks(
  ctx: Context,
  storeId: string,
  id: string,
  query: PageQuery,
): Promise<List<VectorStoreFileChunk>> {
  await findStoreFile(ctx.db, ctx, storeId, id)
  const page = await listChunks(ctx.db, { vector_store_id: storeId, file_id: id }, query)
  // Older chunks are looked for in the text.
  const unplaced = page.data.some(({ text_start }) => text_start === null)
  const whole = unplaced ? await readFileText(ctx, storeId, id) : undefined
  return toListPage(page, (chunk) => show(chunk, whole))
}

function show(chunk: FileChunk, whole: FileText | undefined): VectorStoreFileChunk {
  const start = chunk.text_start ?? (whole && placeOf(chunk, whole)) ?? null
  return {
    id: chunk.id,
    object: 'vector_store.file.chunk',
    index: chunk.seq,
    text: chunk.text,
    tokens: chunk.tokens,
    start,
    end: start === null ? null : start + chunk.text.length,
    page_start: chunk.page_start,
    page_end: chunk.page_end,
  }
}

/** The pages of a file in a store, as search has read them. */
export async function listFilePages(
  ctx: Context,
  storeId: string,
  id: string,
  query: PageQuery,
): Promise<List<VectorStoreFilePage>> {
  await findStoreFile(ctx.db, ctx, storeId, id)
  const whole = await readFileText(ctx, storeId, id)
  const { data, hasMore } = cutList(pagesOf(whole), query)
  const pages = data.map(({ page, start, end }): VectorStoreFilePage => ({
    id: pageId(start),
    object: 'vector_store.file.page',
    page,
    text: whole.text.slice(start, end),
    start,
    end,
  }))
  return toList(pages, hasMore)
}

interface Place {
  page: number | null
  start: number
  end: number
}

const pageId = (start: number) => `page_${start}`

/** Where pages begin and end in the text. Text without pages is cut into pieces. */
function pagesOf({ text, parts, offsets }: FileText): Place[] {
  const pages: Place[] = []
  for (const [index, part] of parts.entries()) {
    const [start, end] = [offsets[index] ?? 0, offsets[index + 1] ?? text.length]
    const last = pages.at(-1)
    const page = part.page ?? null
    if (last?.page === page) last.end = end
    else pages.push({ page, start, end })
  }
  return pages
    .flatMap((page) => (page.page === null ? piecesOf(text, page) : [page]))
    .filter(({ start, end }) => end > start)
}

/** In characters. */
const maxPiece = 20_000

/** Cuts after the end of a line, if there is one in the last half of a piece. */
function piecesOf(text: string, { start, end }: Place): Place[] {
  const pieces: Place[] = []
  for (let from = start; from < end;) {
    let to = Math.min(from + maxPiece, end)
    if (to < end) {
      const line = text.lastIndexOf('\n', to - 1) + 1
      if (line > from + maxPiece / 2) to = line
      // Half of a surrogate pair belongs to no piece.
      else if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to--
    }
    pieces.push({ page: null, start: from, end: to })
    from = to
  }
  return pieces
}

/** In characters. As with other lists, a page of the answer may end before its limit. */
const maxAnswer = 4_000_000

/** The part of a list in memory that a query asks for. */
function cutList(all: Place[], query: PageQuery): { data: Place[]; hasMore: boolean } {
  const list = query.order === 'asc' ? all : all.toReversed()
  const indexOf = (param: 'after' | 'before') => {
    const id = query[param]
    if (id === undefined) return undefined
    const index = list.findIndex(({ start }) => pageId(start) === id)
    if (index < 0) throw new UnknownCursor(param, id)
    return index
  }
  const [after, before] = [indexOf('after'), indexOf('before')]
  const range = list.slice(after === undefined ? 0 : after + 1, before)
  const backwards = before !== undefined && after === undefined
  if (backwards) range.reverse()
  let characters = 0
  const tooMany = range.findIndex(
    ({ start, end }, index) => (characters += end - start) > maxAnswer && index > 0,
  )
  const count = Math.min(query.limit, tooMany < 0 ? range.length : tooMany)
  const data = range.slice(0, count)
  return { data: backwards ? data.reverse() : data, hasMore: range.length > count }
}
