import type { Blobs } from './blobs.ts'
import type { Database } from './database.ts'
import { inList } from './in-list.ts'

/** A content is there a moment before its row: another server may be at it. In milliseconds. */
const minAgeMs = 60_000

/**
 * Looks, folder by folder, for contents that no file and no part of an upload has: a process that dies between the two
 * leaves them. They are set aside for a day. The answer of the step is false when there is nothing more to look at now.
 */
export function createOrphanSearch(db: Database, blobs: Blobs): () => Promise<boolean> {
  let next = 0
  let youngest = 0
  return async () => {
    if (next >= blobs.folders) {
      // Those that were too young are looked at again.
      if (youngest === 0 || Date.now() - youngest < minAgeMs) return false
      next = youngest = 0
    }
    const found = await blobs.listed(next++)
    const known = new Set(
      await withRow(
        db,
        found.map(({ id }) => id),
      ),
    )
    for (const { id, at } of found) {
      if (known.has(id)) continue
      if (Date.now() - at < minAgeMs) youngest = Math.max(youngest, at)
      else await blobs.setAside(id).catch(() => {})
    }
    return true
  }
}

async function withRow(db: Database, ids: string[]): Promise<string[]> {
  const { marks, values } = inList(ids)
  const rows = await db.all<{ id: string }>(
    `select id from files where id in (${marks}) and removed = 0
     union all select id from upload_parts where id in (${marks})`,
    ...values,
    ...values,
  )
  return rows.map(({ id }) => id)
}
