import { availableParallelism } from 'node:os'
import type { FileError } from '../contract/vector-store-files.ts'
import { lastError } from '../errors/last-error.ts'
import { DatabaseTooSlow, StoreUnavailable } from '../errors/unavailable.ts'
import { describeError, type Log } from '../common/log.ts'
import { deleteChunksOfFile } from '../store/chunks.ts'
import {
  anyFileWaits,
  failFile,
  maxRetryDelayMs,
  postponeFile,
  renewFileLeases,
  takeLostFile,
  waitingFiles,
  type IndexingJob,
} from '../store/indexing-jobs.ts'
import { startLeasedWorker, type Going, type LeasedWorkerOptions } from '../store/leased-worker.ts'
import { isGivenUp } from '../store/leases.ts'
import { fileAttached, filesAwaited, fileSettled, filesWithdrawn, vectorsMissing } from '../store/signals.ts'
import type { IndexedFile, Observer } from '../telemetry/observer.ts'
import { measureStages } from '../telemetry/stages.ts'
import { createTurns, type Turns } from '../common/turns.ts'
import { EmbeddingFailure } from './embedder.ts'
import { ExtractionFailure } from './extract/extracted.ts'
import { indexFile, Withdrawn, type IndexFileParts } from './index-file.ts'
import { createRoom } from './room.ts'

export interface IndexerOptions
  extends Omit<IndexFileParts, 'busy'>, Pick<LeasedWorkerOptions, 'owner' | 'trial' | 'turns'> {
  log: Log
  observer?: Pick<Observer, 'fileIndexed'> | undefined
  /** The maximum size of all large files that are indexed at the same time. A larger file is indexed alone. */
  bytes?: number
}

/** The maximum number of attempts when reading a file ends without a result, and after all other errors. */
const maxReadTries = 2
const maxTries = 8
/** In milliseconds. The pause doubles with each attempt. */
const firstRetryDelayMs = 1_000

/**
 * Places for files that are being read. There are more places than threads, because one store can have only half of
 * them.
 */
export const createFileTurns = (log: Log, places = 2 * (availableParallelism() + 2)): Turns =>
  createTurns(places, {
    changed(waits, store) {
      // A store with many files waits for its own files, which is normal and not logged.
      if (store !== undefined) return
      log('info', waits ? 'files wait for a place' : 'no file waits for a place any more', { places })
    },
  })

/**
 * Indexes the files of vector stores that are in progress. The row of the file is the job, and a lease protects it.
 * When a process dies at any point, another one starts the file again from the beginning, but reuses what was read and
 * embedded.
 */
export function startIndexer(options: IndexerOptions): { close(): Promise<void> } {
  const { db, log, turns, observer, bytes = 64 * 2 ** 20 } = options
  const parts: IndexFileParts = { ...options, busy: new Map() }
  const room = createRoom(bytes)
  let fits = room.look()
  let claims = 0

  async function work(job: IndexingJob, { stop: { signal }, leavePlace }: Going): Promise<void> {
    const leaveRoom = room.enter(job)
    const stages = measureStages()
    const started_at = Date.now()
    const tell = (outcome: Pick<IndexedFile, 'status' | 'error'>) =>
      observer?.fileIndexed({
        id: job.id,
        project: job.project,
        vector_store: job.vector_store_id,
        bytes: job.bytes,
        started_at,
        ended_at: Date.now(),
        stages: stages.end(),
        ...outcome,
      })
    try {
      if (isGivenUp(job)) {
        await giveUp(job, { code: 'server_error', message: lostWith(job) })
        return tell({ status: 'failed', error: 'server_error' })
      }
      const { lacksVectors } = await indexFile(parts, job, {
        signal,
        wasRead: leavePlace,
        begins: (stage) => stages.begin(stage),
      })
      if (lacksVectors) db.signals.raise(vectorsMissing)
      db.signals.raise(fileSettled)
      tell({ status: 'completed' })
    } catch (error) {
      if (signal.aborted || error instanceof Withdrawn) return
      // The file does not change, and it is taken again when its lease has expired.
      await settle(job, error).then(tell, (failure: unknown) =>
        log('error', 'the end of indexing could not be written', { file: job.id, ...describeError(failure) }),
      )
    } finally {
      leaveRoom()
    }
  }

  /**
   * Handles an error. A file that cannot be read fails at once. After other errors it is tried again, with a longer
   * pause each time.
   */
  async function settle(job: IndexingJob, error: unknown): Promise<Pick<IndexedFile, 'status' | 'error'>> {
    const { tryLimit, code, message } = judge(error)
    if (code === 'server_error') {
      log('error', 'indexing a file failed', { file: job.id, try: job.tries + 1, ...describeError(error) })
    }
    if (job.tries + 1 < tryLimit) {
      const pause = Math.min(firstRetryDelayMs * 2 ** job.tries, maxRetryDelayMs) * (0.5 + Math.random() / 2)
      await db.write((tx) => postponeFile(tx, job, { pauseMs: Math.ceil(pause), reason: message }))
      return { status: 'postponed', error: code }
    }
    await giveUp(job, { code, message })
    return { status: 'failed', error: code }
  }

  async function giveUp(job: IndexingJob, error: FileError): Promise<void> {
    await db.write(async (tx) => {
      if ((await failFile(tx, job, error)) === 0) return
      await deleteChunksOfFile(tx, job.vector_store_id, job.id)
      tx.raise(fileSettled)
    })
  }

  const worker = startLeasedWorker<IndexingJob>(
    {
      table: 'vector_store_files',
      keyOf: ({ seq }) => seq,
      laneOf: ({ vector_store_id }) => vector_store_id,
      anyWaits: anyFileWaits,
      queues(tx, lease) {
        fits = room.look()
        const queue = (awaited: boolean) => waitingFiles(tx, lease, { awaited, fits })
        // Every fourth time, files that no run waits for come first, so that they are not delayed forever by files of
        // runs.
        return ++claims % 4 === 0 ? [queue(false), queue(true)] : [queue(true), queue(false)]
      },
      takeLost: (tx, lease, may) => takeLostFile(tx, lease, { ...may, fits }),
      renew: async (tx, lease, jobs) =>
        new Map((await renewFileLeases(tx, lease, jobs)).map((seq) => [seq, undefined])),
      work,
    },
    { db, log, owner: options.owner, trial: options.trial, turns, wakeUps: [fileAttached] },
  )
  const offs = [filesWithdrawn, filesAwaited].map((signal) => db.signals.on(signal, worker.renewSoon))

  return {
    /** Releases every file, so that another process can take it at once. */
    async close() {
      for (const off of offs) off()
      await worker.close()
    },
  }
}

const lostWith = ({ losses }: IndexingJob) =>
  `An internal error occurred. The server's process ended ${losses} times while it read this file.`

/** The error with which a file fails when the attempts reach `tryLimit`. */
function judge(error: unknown): FileError & { tryLimit: number } {
  if (error instanceof ExtractionFailure) {
    const { code, message } = error
    return { code, message, tryLimit: code === 'server_error' ? maxReadTries : 1 }
  }
  const code = 'server_error'
  if (error instanceof EmbeddingFailure) {
    const message = 'An internal error occurred. The embedding model refused the text of the file.'
    return { code, message, tryLimit: 1 }
  }
  if (error instanceof DatabaseTooSlow) {
    const message = `An internal error occurred. ${lastError.databaseTooSlow}`
    return { code, message, tryLimit: maxReadTries }
  }
  if (error instanceof StoreUnavailable) {
    const message = `An internal error occurred. ${lastError.filesAway}`
    return { code, message, tryLimit: maxTries }
  }
  return { code, message: 'An internal error occurred.', tryLimit: maxTries }
}
