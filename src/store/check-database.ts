import { DatabaseSync } from 'node:sqlite'
import type { BlobStore } from './blobs.ts'
import type { Database } from './database.ts'
import { findForeignSchema } from './schema-check.ts'
import { describeDatabaseError, findUnusable } from './unusable-database.ts'

/** A load balancer may ask every moment; one write a second answers them all. In milliseconds. */
const reuseForMs = 1_000
/** A disk that takes longer is as good as none, in milliseconds. */
const timeoutMs = 5_000

/**
 * A check that writes to the database and to the folder of files, and waits until both are on disk: it rejects when one
 * of them fails or hangs. On a full disk the database alone may still take a small write, into space that it had.
 */
export function createWriteCheck(db: Database, blobs: Pick<BlobStore, 'tryToWrite'>): () => Promise<void> {
  let last: { at: number; result: Promise<void> } | undefined
  async function check(): Promise<void> {
    await db.write((tx) =>
      tx.run(
        'insert into health_checks (id, at) values (1, ?) on conflict (id) do update set at = excluded.at',
        Date.now(),
      ),
    )
    await blobs.tryToWrite()
  }
  return () => {
    const now = performance.now()
    if (!last || now - last.at > reuseForMs) last = { at: now, result: inTime(check()) }
    return last.result
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the disk has not answered for ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What is wrong with a database file, in a sentence; undefined when all is well. A server may be using it. */
export function findDamage(file: string): string | undefined {
  const unusable = findUnusable(file)
  if (unusable !== undefined) return unusable
  try {
    using db = new DatabaseSync(file, { readOnly: true })
    const { quick_check: said } = db.prepare('pragma quick_check(1)').get() as { quick_check: string }
    if (said === 'ok') return findForeignSchema(db, { thorough: true })
    return `${file} is damaged (${said}): restore a backup into an empty folder ("threadmill restore")`
  } catch (error) {
    return describeDatabaseError(error, file) ?? (error as Error).message
  }
}
