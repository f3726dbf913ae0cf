import type { BlobStore } from './blobs.ts'
import type { Database } from './database.ts'
import { inList } from './in-list.ts'

/** A content is there a moment before its row: another server may be at it. In milliseconds. */
const minAgeMs = 60_000
/** After this time everything is looked at again: a server of many may run for months. In milliseconds. */
const dayMs = 86_400_000

/**
 * Looks, page by page, for contents that no file and no part of an upload has: a process that dies between the two leaves
 * them. They are set aside for a day. Before it begins, half-written contents that are old are swept. The answer of the
 * step is false when there is nothing more to look at now.
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
      // Not again at once: a server that does not answer would be asked every second.
      next = undefined
      ended = youngest = Date.now()
      throw error
    }
  }

  return async () => {
    if (ended !== undefined) {
      const now = Date.now()
      // Those that were too young are looked at again.
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

async function withRow(db: Database, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { marks, values } = inList(ids)
  const rows = await db.all<{ id: string }>(
    `select id from files where id in (${marks}) and content_id is null and removed = 0
     union all select content_id as id from files where content_id in (${marks}) and removed = 0
     union all select id from upload_parts where id in (${marks})`,
    ...values,
    ...values,
    ...values,
  )
  return new Set(rows.map(({ id }) => id))
}
