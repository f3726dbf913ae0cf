import { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'

/** Rejects when the database takes no writes; writes nothing itself. */
export async function takesWrites(db: Database): Promise<void> {
  await db.write((tx) => tx.get('select 1'), 'committed')
}

/** What is wrong with a database file, in SQLite's words; undefined when it is whole. A server may be using it. */
export function findDamage(file: string): string | undefined {
  try {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      const said = db.prepare('pragma quick_check(1)').get() as { quick_check: string }
      return said.quick_check === 'ok' ? undefined : said.quick_check
    } finally {
      db.close()
    }
  } catch (error) {
    return (error as Error).message
  }
}
