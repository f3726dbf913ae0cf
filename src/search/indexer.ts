import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { FileError } from '../contract/vector-store-files.ts'
import { describeError, type Log } from '../log.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { deleteChunksOfFile } from '../store/chunks.ts'
import {
  claimFiles,
  failFile,
  hasFileToIndex,
  postponeFile,
  releaseFiles,
  renewFileLeases,
  type IndexingJob,
} from '../store/indexing-jobs.ts'
import { fileAttached, fileSettled, filesWithdrawn, type Signals } from '../store/signals.ts'
import { EmbeddingFailure } from './embedder.ts'
import { ExtractionFailure } from './extract/extracted.ts'
import { indexFile, Withdrawn, type IndexFileParts } from './index-file.ts'

export interface IndexerOptions extends Omit<IndexFileParts, 'busy'> {
  signals: Signals
  log: Log
  /** Files worked on at the same time. More than threads: some wait for their vectors. */
  files?: number
  /** Content of files worked on at the same time; one of any size is taken alone. */
  bytes?: number
}

/** In milliseconds, as for runs. */
const lease = 5_000
const heartbeat = 1_500
const lookAgain = 1_000

/** Tries of a file whose reading ended without a verdict, and of one that something else went wrong with. */
const mostReadings = 2
const mostTries = 8
/** Of one whose process ended each time: it may be the one that ends it. */
const mostLosses = 20
const firstPause = 1_000
const longestPause = 300_000

/**
 * Works on the files of vector stores that are in progress. The row is the job: it is held by a lease, and whoever
 * dies at any line leaves a file that is taken up again from its beginning, with what was read and embedded kept.
 */
export function startIndexer(options: IndexerOptions): { close(): Promise<void> } {
  const { db, signals, log, files = availableParallelism() + 2, bytes = 64 * 2 ** 20 } = options
  const owner = randomUUID()
  const parts: IndexFileParts = { ...options, busy: new Map() }
  const working = new Map<number, { job: IndexingJob; done: Promise<void>; stop: AbortController }>()
  const claim = oneAtATime(claimSome, (error) => log('error', 'claiming files failed', describeError(error)))

  async function claimSome(): Promise<boolean> {
    const now = Date.now()
    let free = bytes
    for (const { job } of working.values()) free -= job.bytes
    const most = { files: files - working.size, bytes: free, anySize: working.size === 0 }
    if (most.files <= 0 || (free <= 0 && !most.anySize) || !(await hasFileToIndex(db, now))) return false
    const claimed = await db.write((tx) => claimFiles(tx, { owner, now, until: now + lease }, most))
    for (const job of claimed) take(job)
    return false
  }

  function take(job: IndexingJob): void {
    // An older attempt of the same file, which does not know yet that it has lost it.
    working.get(job.seq)?.stop.abort(new Withdrawn())
    const stop = new AbortController()
    const done = work(job, stop.signal).finally(() => {
      if (working.get(job.seq)?.job === job) working.delete(job.seq)
      claim()
    })
    working.set(job.seq, { job, done, stop })
  }

  async function work(job: IndexingJob, signal: AbortSignal): Promise<void> {
    try {
      if (job.tries >= mostLosses) throw new ExtractionFailure('server_error', 'An internal error occurred.')
      await indexFile(parts, job, signal)
      signals.raise(fileSettled)
    } catch (error) {
      if (signal.aborted || error instanceof Withdrawn) return
      // The file stays as it is and is taken up again when its lease is over.
      await settle(job, error).catch((failure: unknown) =>
        log('error', 'the end of indexing could not be written', { file: job.id, ...describeError(failure) }),
      )
    }
  }

  /** After an error: a verdict on the file is final; what may pass is tried again, later each time. */
  async function settle(job: IndexingJob, error: unknown): Promise<void> {
    const { most, code, message } = judge(error)
    if (code === 'server_error') {
      log('error', 'indexing a file failed', { file: job.id, try: job.tries + 1, ...describeError(error) })
    }
    if (job.tries + 1 < most) {
      const pause = Math.min(firstPause * 2 ** job.tries, longestPause) * (0.5 + Math.random() / 2)
      await db.write((tx) => postponeFile(tx, job, Date.now() + pause))
      return
    }
    await db.write(async (tx) => {
      if ((await failFile(tx, job, { code, message })) === 0) return
      await deleteChunksOfFile(tx, job.vector_store_id, job.id)
    })
    signals.raise(fileSettled)
  }

  async function renew(): Promise<void> {
    if (working.size === 0) return
    const mine = [...working.values()]
    const held = await db.write((tx) => renewFileLeases(tx, owner, Date.now() + lease))
    const attempts = new Map(held.map(({ seq, attempt }) => [seq, attempt]))
    // One that has just ended is not held either; there is nothing left to stop in it.
    for (const { job, stop } of mine) if (attempts.get(job.seq) !== job.attempt) stop.abort(new Withdrawn())
  }

  const renewSoon = () =>
    void renew().catch((error: unknown) => log('error', 'renewing leases failed', describeError(error)))
  const offAttached = signals.on(fileAttached, claim)
  const offWithdrawn = signals.on(filesWithdrawn, renewSoon)
  const looking = setInterval(claim, lookAgain)
  const renewing = setInterval(renewSoon, heartbeat)
  claim()

  return {
    /** Lets go of every file, so that another process can take it up at once. */
    async close() {
      offAttached()
      offWithdrawn()
      clearInterval(looking)
      clearInterval(renewing)
      await claim.close()
      const jobs = [...working.values()]
      for (const { stop } of jobs) stop.abort(new Withdrawn())
      await Promise.all(jobs.map(({ done }) => done))
      await db.write((tx) => releaseFiles(tx, owner))
    },
  }
}

/** What a file ends with after an error, once it was tried `most` times. */
function judge(error: unknown): FileError & { most: number } {
  if (error instanceof ExtractionFailure) {
    const { code, message } = error
    return { code, message, most: code === 'server_error' ? mostReadings : 1 }
  }
  const code = 'server_error'
  if (error instanceof EmbeddingFailure) {
    const message = 'An internal error occurred. The embedding model could not be asked.'
    return { code, message, most: error.retryable ? mostTries : 1 }
  }
  return { code, message: 'An internal error occurred.', most: mostTries }
}
