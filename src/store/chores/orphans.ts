import type { BlobStore } from '../blobs/blobs.ts'
import type { Database, Reader } from '../database.ts'
import { inList } from '../in-list.ts'

/** In milliseconds. A content is stored a moment before its row, so another server may still be working on it. */
export const minAgeMs = 60_000
/** In milliseconds. After this time the search begins again, because a server may run for months. */
const dayMs = 86_400_000

/**
 * Searches, page by page, for contents that belong to no file and to no part of an upload. A process that dies between
 * the content and the row leaves them behind. They are set aside for a day. Old half-written contents are removed
 * before the search begins. A step returns false when there is nothing more to search now.
 */
export function createOrphanSearch(db: Database, blobs: BlobStore): () => Promise<boolean> {
  let next: string | undefined
  let youngest = 0
  let ended: number | undefined

  async function nextPage() {
    try {
      if (next === undefined) await blobs.sweep()
      return await blobs.page(next)
    } catch (error) {
      // The search does not begin again at once, because a store that does not answer would be asked every second.
      next = undefined
      ended = youngest = Date.now()
      throw error
    }
  }

  return async () => {
    if (ended !== undefined) {
      const now = Date.now()
      // Contents that were too young are examined again later.
      if (now - ended < dayMs && (youngest === 0 || now - youngest < minAgeMs)) return false
      ended = undefined
      youngest = 0
    }
    const page = await nextPage()
    const known = await withRow(
      db,
      page.found.map(({ id }) => id),
    )
    for (const { id, at } of page.found) {
      if (known.has(id)) continue
      if (Date.now() - at < minAgeMs) youngest = Math.max(youngest, at)
      else await blobs.setAside(id).catch(() => {})
    }
    next = page.next
    if (next === undefined) ended = Date.now()
    return true
  }
}

/** How many ids one statement asks for. A database takes a limited number of values. */
const idsAtOnce = 512

/** Those of the contents that a file or a part of an upload has. */
export async function withRow(db: Reader, ids: string[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const { marks, values } = inList(ids.slice(at, at + idsAtOnce))
    const rows = await db.all<{ id: string }>(
      `select id from files where id in (${marks}) and content_id is null and removed = 0
       union all select content_id as id from files where content_id in (${marks}) and removed = 0
       union all select id from upload_parts where id in (${marks})`,
      ...values,
      ...values,
      ...values,
    )
    for (const { id } of rows) known.add(id)
  }
  return known
}
