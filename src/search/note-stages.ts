import type { FileStage } from '../contract/vector-store-files.ts'
import type { Database } from '../store/database.ts'
import { noteStage, type IndexingJob } from '../store/indexing-jobs.ts'

/** What is noted is at most so old, in milliseconds, and a file that is done sooner costs no write. */
const noteEveryMs = 500

/**
 * Notes in the row of a file what is being done with it. A note that cannot be written is not missed. One is written at a
 * time, because an older one that comes late would stay in place of a newer one.
 */
export function noteStages(
  db: Database,
  job: IndexingJob,
  begins: (stage: FileStage['stage']) => void = () => {},
): Disposable & { note(stage: Pick<FileStage, 'stage'> & Partial<FileStage>): void } {
  let latest: FileStage | undefined
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const write = async (stage: FileStage) => {
    await db.write((tx) => noteStage(tx, job, stage), 'committed').catch(() => {})
    timer = undefined
    if (latest !== stage) writeSoon()
  }
  const writeSoon = () => {
    if (ended) return
    timer ??= setTimeout(() => latest && void write(latest), noteEveryMs).unref()
  }
  return {
    note(stage) {
      begins(stage.stage)
      latest = { chunks: null, embedded: null, reason: job.progress?.reason ?? null, ...stage }
      writeSoon()
    },
    [Symbol.dispose]() {
      ended = true
      clearTimeout(timer)
    },
  }
}
