import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRecord } from '../contract/runs.ts'
import { fileAttached, filesAwaited } from '../store/signals.ts'
import { getThread } from '../store/threads.ts'
import { awaitFiles, pendingFiles } from '../store/files-of-stores.ts'
import type { Engine } from './engine.ts'

/** How long a run waits for the files of its thread's store, and how often it looks, in milliseconds (as recorded). */
const patience = 60_000
const lookAgain = 100

/**
 * Files that were attached a moment ago are searched all the same: they are read before others, and the run begins when
 * they are ready, or goes on without. The model is told then which are not (`attached-files.ts`, `system-text.ts`).
 */
export async function waitForThreadFiles(
  { db, signals }: Pick<Engine, 'db' | 'signals'>,
  run: RunRecord,
  signal: AbortSignal,
): Promise<void> {
  if (!run.request.tools.some((tool) => tool.type === 'file_search')) return
  const thread = await getThread(db, run.project, run.thread_id)
  const stores = thread?.body.tool_resources.file_search?.vector_store_ids ?? []
  if (stores.length === 0 || (await pendingFiles(db, stores)) === 0) return
  if ((await db.write((tx) => awaitFiles(tx, stores), 'committed')) > 0) {
    signals.raise(fileAttached)
    signals.raise(filesAwaited)
  }
  const until = performance.now() + patience
  while (performance.now() < until && (await pendingFiles(db, stores)) > 0) {
    await sleep(lookAgain, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}
