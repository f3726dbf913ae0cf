import type { Database } from './database.ts'

/** Pages that stay for what is written next: it would only have to ask for them again. */
const keptPages = 64
/** Of one transaction: 2 MB, some milliseconds. */
const pagesAtOnce = 500

/**
 * Gives the file system back some of the space of what was deleted; false when there is not enough to be worth it.
 * SQLite's own affair: other databases tidy up by themselves.
 */
export async function giveBackSpace(db: Database): Promise<boolean> {
  const free = await db.get<{ freelist_count: number }>('pragma freelist_count')
  const pages = Math.min((free?.freelist_count ?? 0) - keptPages, pagesAtOnce)
  if (pages <= 0) return false
  const given = await db.write((tx) => tx.all(`pragma incremental_vacuum(${pages})`), 'committed')
  return given.length > 0
}
