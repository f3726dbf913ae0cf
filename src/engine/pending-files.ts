import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { getThread } from '../store/threads.ts'
import { pendingFiles } from '../store/vector-store-files.ts'

/** How long a run waits for the files of its thread's store, and how often it looks, in milliseconds (as recorded). */
const patience = 60_000
const lookAgain = 100

/** Files that were attached a moment ago are searched all the same: the run begins when they are ready, or goes on without. */
export async function waitForThreadFiles(db: Reader, run: RunRecord, signal: AbortSignal): Promise<void> {
  if (!run.request.tools.some((tool) => tool.type === 'file_search')) return
  const thread = await getThread(db, run.project, run.thread_id)
  const stores = thread?.body.tool_resources.file_search?.vector_store_ids ?? []
  const until = Date.now() + patience
  while (stores.length > 0 && Date.now() < until && (await pendingFiles(db, stores)) > 0) {
    await sleep(lookAgain, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}
