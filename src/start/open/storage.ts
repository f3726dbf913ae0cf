import type { Config } from '../../config/config.ts'
import { runEnding } from '../../assistants/observed-run.ts'
import { describeError, type Log } from '../../common/log.ts'
import { joinBlobs, refuseOtherId } from '../../store/blobs/store-id.ts'
import type { BlobStore } from '../../store/blobs/blobs.ts'
import { createWriteCheck } from '../../store/sqlite/check-database.ts'
import { openBlobs, refuseContentsOfOthers } from '../../store/blobs/open-blobs.ts'
import { openServerDatabase, type ServerDatabase } from '../../store/open-database.ts'
import { observedRun, runEvents } from '../run-apis.ts'
import { createRunLog, type RunLog } from '../../store/run-log.ts'
import { runFollowed, runWritten } from '../../store/signals.ts'
import { watchStatements } from '../../store/watch-statements.ts'
import { passOn } from '../../store/waiting-runs.ts'
import type { Observer } from '../../telemetry/observer.ts'

/** Where a server keeps what it has: the database, the contents of files, and the log of runs. */
export interface Storage extends ServerDatabase {
  blobs: BlobStore
  runLog: RunLog
  /** Rejects when nothing can be written. */
  checkWrites(): Promise<void>
  /** Resolves with the reason when the disk has refused a write. Otherwise it stays pending. */
  failed: Promise<unknown>
  close(): Promise<void>
}

/** Opens the database and the contents of files of these settings, which have to belong together. Throws CannotStart. */
export async function openStorage(
  config: Config,
  { log, observer }: { log: Log; observer: Pick<Observer, 'committed' | 'runEnded'> },
): Promise<Storage> {
  const blobs = await openBlobs(config)
  const failure = Promise.withResolvers<unknown>()
  const passThreadOn = (threadId: string) =>
    void passOn(db, threadId).catch((error: unknown) =>
      log('warn', 'a thread was not passed on to the response that waits for it', describeError(error)),
    )
  const runLog = createRunLog(runEvents, (run) => {
    const observed = observedRun(run)
    observer.runEnded(observed, runEnding(run))
    if (config.responses.queues && observed.thread !== undefined) passThreadOn(observed.thread)
  })
  const opened = await openServerDatabase(config, {
    log,
    onBroken(error) {
      log('error', 'the database cannot be written any more', describeError(error))
      runLog.fail(error)
      failure.resolve(error)
    },
  })
  const db = watchStatements(opened.db, {
    committed: (seconds) => observer.committed(seconds),
    slow: (sql, seconds) => log('warn', 'a statement was slow', { ms: Math.round(seconds * 1_000), sql }),
  })
  async function close(): Promise<void> {
    await opened.checkpoint.close()
    await db.close()
    await blobs[Symbol.asyncDispose]()
    opened.lock.close()
  }
  let blobStoreId: string
  try {
    if (config.database) await refuseContentsOfOthers(db, blobs)
    blobStoreId = await joinBlobs(db, blobs, config)
  } catch (error) {
    await close()
    throw error
  }
  const offs = [
    db.signals.on(runFollowed, (id) => runLog.followedElsewhere(id)),
    db.signals.on(runWritten, (id) => runLog.writtenElsewhere(id)),
  ]
  return {
    ...opened,
    db,
    blobs,
    runLog,
    checkWrites: createWriteCheck(db, blobs, () => refuseOtherId(db, blobStoreId)),
    failed: failure.promise,
    close() {
      for (const off of offs) off()
      return close()
    },
  }
}
