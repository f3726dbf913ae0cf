import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../store/database.ts'
import { awaitFiles, pendingFiles } from '../../store/files-of-stores.ts'
import { fileAttached, filesAwaited } from '../../store/signals.ts'

/** How long a run waits for the files of its thread's store, and how often it looks, in milliseconds (as recorded). */
const timeoutMs = 60_000
const intervalMs = 100

/**
 * Waits for files that were attached a moment ago. They are indexed before other files. When they are not ready in
 * time, the run begins without them and the model is told which are missing.
 */
export async function waitForFiles(db: Database, storeIds: string[], signal: AbortSignal): Promise<void> {
  if (storeIds.length === 0 || (await pendingFiles(db, storeIds)) === 0) return
  await db.write(async (tx) => {
    if ((await awaitFiles(tx, storeIds)) === 0) return
    tx.raise(fileAttached)
    tx.raise(filesAwaited)
  }, 'committed')
  const until = performance.now() + timeoutMs
  while (performance.now() < until && (await pendingFiles(db, storeIds)) > 0) {
    await sleep(intervalMs, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}
