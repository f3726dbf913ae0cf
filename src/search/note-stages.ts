import type { FileStage } from '../contract/vector-store-files.ts'
import type { Database } from '../store/database.ts'
import { noteStage, type IndexingJob } from '../store/indexing-jobs.ts'

/** What is noted is at most so old, in milliseconds, and a file that is done sooner costs no write. */
const noteEveryMs = 500

/** Notes in the row of a file what is being done with it. A note that cannot be written is not missed. */
export function noteStages(
  db: Database,
  job: IndexingJob,
): Disposable & { note(stage: Pick<FileStage, 'stage'> & Partial<FileStage>): void } {
  let latest: FileStage | undefined
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    timer = undefined
    const stage = latest
    if (stage) void db.write((tx) => noteStage(tx, job, stage), 'committed').catch(() => {})
  }
  const note = (stage: Pick<FileStage, 'stage'> & Partial<FileStage>) => {
    latest = { chunks: null, embedded: null, reason: job.progress?.reason ?? null, ...stage }
    timer ??= setTimeout(write, noteEveryMs).unref()
  }
  // In place of what a lost worker has noted.
  note({ stage: 'waiting' })
  return {
    note,
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
