import { DatabaseSync } from 'node:sqlite'
import { NoAnswer } from '../../errors/unavailable.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import type { Database } from '../database.ts'
import { findForeignSchema } from '../schema-check.ts'
import { describeDatabaseError, findUnusable } from '../unusable-database.ts'
import { commandLine } from '../../common/called-as.ts'

/** In milliseconds. A load balancer may ask very often, and one write each second answers all of its questions. */
const reuseForMs = 1_000
/** In milliseconds. A slower disk counts as failed. */
const timeoutMs = 5_000

/**
 * A check that writes to the database and to the store of contents, and waits until both are on disk. It rejects when
 * one of them fails or hangs. Checking the database alone is not enough: on a full disk it may still write into space
 * that it already has. `alsoCheck` is asked first.
 */
export function createWriteCheck(
  db: Database,
  blobs: Pick<BlobStore, 'tryToWrite'>,
  alsoCheck: () => Promise<void> = () => Promise.resolve(),
): () => Promise<void> {
  let last: { at: number; result: Promise<void> } | undefined
  async function check(asked: { part: keyof typeof silent }): Promise<void> {
    await alsoCheck()
    await db.write((tx) =>
      tx.run(
        'insert into health_checks (id, at) values (1, ?) on conflict (id) do update set at = excluded.at',
        Date.now(),
      ),
    )
    asked.part = 'files'
    await blobs.tryToWrite()
  }
  return () => {
    const now = performance.now()
    const asked: { part: keyof typeof silent } = { part: db.kind }
    if (!last || now - last.at > reuseForMs) last = { at: now, result: inTime(check(asked), asked) }
    return last.result
  }
}

const inVain = `has not answered for ${timeoutMs} ms`
/** What is said of the part that does not answer. */
const silent = {
  sqlite: `the disk of the database ${inVain}`,
  postgres: `the database ${inVain}, or statements that wait for a lock have all connections to it`,
  files: `the store of files ${inVain}`,
}

async function inTime(work: Promise<void>, asked: { part: keyof typeof silent }): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(silent[asked.part])), timeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * What is wrong with a database file, in a sentence. Undefined when nothing is wrong. A server may be using the file.
 */
export function findDamage(file: string): string | undefined {
  const unusable = findUnusable(file)
  if (unusable !== undefined) return unusable
  try {
    using db = new DatabaseSync(file, { readOnly: true })
    const { quick_check: said } = db.prepare('pragma quick_check(1)').get() as { quick_check: string }
    if (said === 'ok') return findForeignSchema(db, { thorough: true })
    return `${file} is damaged (${said}): restore a backup into an empty folder ("${commandLine('restore')}")`
  } catch (error) {
    return describeDatabaseError(error, file) ?? (error as Error).message
  }
}
