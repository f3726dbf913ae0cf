import type { Database } from '../database.ts'

/** How many free pages remain for the next writes, which would otherwise have to allocate them again. */
const keptPages = 64
/** In one transaction: 2 MB, which take some milliseconds. */
const pagesAtOnce = 500

/**
 * Returns some space of deleted rows to the file system. Returns false when there is too little to be worth it. Only
 * SQLite needs this.
 */
export async function giveBackSpace(db: Database): Promise<boolean> {
  const free = await db.get<{ freelist_count: number }>('pragma freelist_count')
  const pages = Math.min((free?.freelist_count ?? 0) - keptPages, pagesAtOnce)
  if (pages <= 0) return false
  const given = await db.write((tx) => tx.all(`pragma incremental_vacuum(${pages})`), 'committed')
  return given.length > 0
}
